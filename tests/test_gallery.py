"""The gallery: `page --all` writes a folder of pages with an index, and says where there is no page and why."""

from browsing import Browser, needs_browser
from running import CliRunner

from costcalc import specfile
from costcalc.cli import main
from costcalc.common.errors import SpecError, quote
from costcalc.output.formats.linked import Linked, gallery

HOSTILE = "</script><b>&\"'"


def run(*args):
    return CliRunner().invoke(main, ["page", *args])


def test_all_needs_a_folder_and_nothing_else():
    folder = "Error: --all needs a folder to write to; add -o FOLDER\n"
    alone = "Error: --all writes every bundled family; leave out specs, --over and --choose\n"
    for args, told in (
        (("--all",), folder),
        (("--all", "-o", "-"), folder),
        (("--all", "squeezenet", "-o", "x"), alone),
        (("--all", "--over", "res=1..9"), alone),
    ):
        done = run(*args)
        assert (done.exit_code, done.stdout) == (2, ""), args
        assert done.stderr.endswith(told), args
    assert run().stderr.endswith("Error: a page needs a spec, or --all\n")


def test_a_folder_of_pages_has_an_index_with_a_link_to_each(tmp_path, monkeypatch):
    two = [member for member in specfile.members() if member.file in ("unet", "squeezenet")]
    monkeypatch.setattr(specfile, "members", lambda: iter(two))

    def written(specs, *_):
        if specs == ["unet"]:
            raise SpecError("too large\nmore")
        return f"page of {specs[0]}\n"

    monkeypatch.setattr("costcalc.cli.page.written", written)
    done = run("--all", "-o", str(tmp_path / "site"))
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "squeezenet: 19 bytes\nunet: no page: too large\n"
    assert {path.name for path in (tmp_path / "site").iterdir()} == {"index.html", "squeezenet.html"}
    index = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert '<a href="squeezenet.html">SqueezeNet</a></td><td class="n" data-v="1248424">1,248,424</td>' in index
    assert '<td class="long">no page: too large</td>' in index
    again = run("--all", "-o", str(tmp_path / "site"))
    assert again.exit_code == 2
    assert "exists: --force replaces it" in again.stderr


def test_a_folder_that_cannot_take_all_pages_gets_none(tmp_path):
    (tmp_path / "index.html").write_text("own", encoding="utf-8")
    done = run("--all", "-o", str(tmp_path))
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (
        2,
        f"Error: {quote(tmp_path / 'index.html')} exists: --force replaces it",
    )
    assert [path.read_text() for path in tmp_path.iterdir()] == ["own"]
    for path, why in ((tmp_path / "index.html", "it is not a folder"), ("a\0b", "")):
        done = run("--all", "-o", str(path))
        assert done.exit_code == 2
        assert done.stderr.splitlines()[-1].startswith(f"Error: cannot write {quote(path)}: {why}")


@needs_browser
def test_the_index_shows_names_as_they_are_and_fits_a_telephone():
    entries = [Linked(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 1, 2), Linked("b" * 80, "", "b.html", "", 10**12, 10**13)]
    with Browser() as browser:
        page = browser.open(gallery(entries, HOSTILE), width=390)
        script = """const root = document.documentElement;
          return [root.scrollWidth <= root.clientWidth, document.title, document.querySelector('a').textContent,
            document.querySelectorAll('b, script').length]"""
        assert page.run(script) == [True, HOSTILE, HOSTILE, 1]
        assert (page.problems, page.requests) == ([], [])
