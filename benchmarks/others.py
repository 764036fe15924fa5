"""The same report by five other counters: a whole process, and the count alone; processor time, in turn."""

import argparse
import json
import os
import statistics
import subprocess
import sys

from timing import once, ranged, table

MODELS = ("mobilenet_v2", "resnet50")
HEAD = """
import io, json, sys, time, warnings, contextlib
warnings.filterwarnings("ignore")
import logging; logging.disable(logging.CRITICAL)
import torch, torchvision
torch.set_num_threads(1)
model = torchvision.models.get_model(NAME).eval()
x = torch.zeros(1, 3, 224, 224)
"""
COUNT = {
    "fvcore": "from fvcore.nn import FlopCountAnalysis\ndef count(): return FlopCountAnalysis(model, x).total()",
    "ptflops": (
        "from ptflops import get_model_complexity_info as info\n"
        "quiet = dict(as_strings=False, print_per_layer_stat=False, verbose=False)\n"
        "def count(): return info(model, (3, 224, 224), **quiet)[0]"
    ),
    "torchinfo": (
        "from torchinfo import summary\ndef count(): return summary(model, input_data=x, verbose=0).total_mult_adds"
    ),
    "thop": "from thop import profile\ndef count(): return profile(model, inputs=(x,), verbose=False)[0]",
    "FlopCounterMode": (
        "from torch.utils.flop_counter import FlopCounterMode\n"
        "def count():\n with torch.no_grad(), FlopCounterMode(display=False) as mode: model(x)\n"
        " return mode.get_total_flops()"
    ),
    "FlopCounterMode, meta tensors": (
        "from torch.utils.flop_counter import FlopCounterMode\nmodel.to('meta'); x = x.to('meta')\n"
        "def count():\n with torch.no_grad(), FlopCounterMode(display=False) as mode: model(x)\n"
        " return mode.get_total_flops()"
    ),
}
OURS = "import costcalc\nspec = costcalc.load(NAME)\ndef count(): return spec.build().totals.macs"
RUN = """
import io, json, time, contextlib
times = [time.process_time()]
with contextlib.redirect_stdout(io.StringIO()):
    for _ in range(COUNTS + 1):
        found = count()
        times.append(time.process_time())
print(json.dumps([int(found), times[1], [after - before for before, after in zip(times[1:], times[2:])]]))
"""


def run(python: str, code: str, counts: int) -> tuple[int, float, float]:
    """Return what a counter counts; the seconds up to its first count; the median of those of each further one."""
    code = code + RUN.replace("COUNTS", str(counts))
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    found, first, times = json.loads(done.stdout.splitlines()[-1])
    return found, first, statistics.median(times)


def main() -> None:
    """Print a table for each model; a counter that the other interpreter has not is left out."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--python", default=sys.executable, help="an interpreter that has costcalc")
    options.add_argument("--oracle", required=True, help="an interpreter that has PyTorch and these counters")
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    python, oracle = os.path.abspath(given.python), os.path.abspath(given.oracle)
    for name in MODELS:
        ours = f"NAME = {name!r}\n{OURS}"
        codes = {tool: f"NAME = {name!r}\n{HEAD}{code}" for tool, code in COUNT.items()}
        counted, cold, hot = {}, {tool: [] for tool in codes}, {tool: [] for tool in codes}
        for _ in range(given.runs):
            report = once(["-m", "costcalc", "report", name, "--format", "json"], python)[0]
            _, _, quick = run(python, ours, 9)
            for tool, code in codes.items():
                try:
                    counted[tool], first, again = run(oracle, code, 2)
                except (subprocess.CalledProcessError, OSError):
                    continue
                cold[tool].append(first / report)
                hot[tool].append(again / quick)
        rows = [
            (tool, f"{counted[tool]:,}", ranged(cold[tool], 1), ranged(hot[tool], 0)) for tool in codes if hot[tool]
        ]
        print(f"`{name}`, in units of costcalc's time:\n")
        table(("counter", "it counts", "a process up to its first count", "each further count"), rows)
        print()


if __name__ == "__main__":
    main()
