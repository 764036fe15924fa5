"""What an import costs: against the export that made its file, and in floors. Needs PyTorch, torchvision and onnx.

Exports run in this process, one trace or one ONNX file each, after one that warms it up; imports of what they gave too.
"""

import gc
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
import torchvision.models
from timing import FLOOR, once, ranged, seconds, table

from costcalc import importer
from costcalc.importer.assemble import assemble
from costcalc.importer.aten import graph_of
from costcalc.importer.recognise import recognise
from costcalc.importer.torchreader import program_of

MODELS = ("mobilenet_v2", "resnet50", "densenet121", "efficientnet_b0", "vit_b_16")
RUNS = 3
REPORTS = 5


def exported(name: str, path: Path, *, newer: bool) -> None:
    """Write a model's ONNX file by PyTorch's newer exporter, which is the default, or by its older one."""
    model = getattr(torchvision.models, name)().eval()
    torch.onnx.export(model, (torch.zeros(1, 3, 224, 224),), str(path), dynamo=newer, verbose=False)


def written(name: str, path: Path, *, newer: bool) -> float:
    """Return what reading a model's ONNX file takes in the time of its export."""
    wrote = seconds(lambda: exported(name, path, newer=newer))
    gc.freeze()  # or reading pays for a round of the collector over what the exporter left
    return seconds(lambda: importer.load(str(path))) / wrote


def ratios(name: str, path: Path) -> tuple[float, float, float]:
    """Return what reading a model's trace takes in the trace's time, and reading its ONNX files in the exports'."""
    programs: list[Any] = []
    traced = seconds(lambda: programs.append(program_of(f"torchvision.models:{name}", (3, 224, 224))))
    gc.freeze()
    read = seconds(lambda: assemble(recognise(graph_of(programs[0], "net", "a benchmark"))))
    return read / traced, written(name, path, newer=True), written(name, path, newer=False)


def main() -> None:
    """Print a table of ratios, and what a report on a file takes."""
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        ratios("resnet18", path)
        rows = []
        for name in MODELS:
            rounds = [ratios(name, path) for _ in range(RUNS)]
            rows.append((f"`{name}`", *(ranged(one, 3) for one in zip(*rounds, strict=True))))
            print(*rows[-1], file=sys.stderr)
        table(("model", "import / trace", "import / ONNX export", "import / older ONNX export"), rows)
        exported("mobilenet_v2", path, newer=False)
        report = ("-m", "costcalc", "report", str(path))
        once(report)
        floors = ranged([once(report)[0] / once(FLOOR)[0] for _ in range(REPORTS)])
    print(f"\n`report` on the ONNX file of MobileNet V2 takes {floors} floors.")


if __name__ == "__main__":
    main()
