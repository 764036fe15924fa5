"""What an import costs: next to the export that made its file, and in cold starts. Needs PyTorch, torchvision and onnx.

Exports run in this process, one trace or one ONNX file each, after one that warms it up; imports of what they gave too.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
import torchvision.models

from costcalc import importer
from costcalc.importer.assemble import assemble
from costcalc.importer.aten import graph_of
from costcalc.importer.torchreader import program_of

MODELS = ("mobilenet_v2", "resnet50", "densenet121", "efficientnet_b0", "vit_b_16")
RUNS = 7
START = [sys.executable, "-c", "import click, yaml, rich.console, rich.table"]


def timed(run: Callable[[], object]) -> tuple[float, object]:
    """Return the seconds that a function takes, and what it gives."""
    start = time.perf_counter()
    found = run()
    return time.perf_counter() - start, found


def exported(name: str, path: Path) -> None:
    """Write a model's ONNX file by PyTorch's older exporter."""
    model = getattr(torchvision.models, name)().eval()
    torch.onnx.export(model, torch.zeros(1, 3, 224, 224), str(path), dynamo=False)


def cold(command: list[str]) -> float:
    """Return the seconds of one process."""
    seconds, _ = timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
    return seconds


def main() -> None:
    """Print the ratios."""
    warnings.filterwarnings("ignore")
    print(f"{'model':<18}{'import / trace':>16}{'import / ONNX export':>24}")
    with tempfile.TemporaryDirectory() as folder:
        exported("resnet18", Path(folder) / "warm.onnx")
        importer.load(str(Path(folder) / "warm.onnx"))
        for name in MODELS:
            traced, program = timed(lambda name=name: program_of(f"torchvision.models:{name}", (3, 224, 224)))
            read, _ = timed(lambda program=program: assemble(graph_of(program, "net", "a benchmark")))
            path = Path(folder) / f"{name}.onnx"
            wrote, _ = timed(lambda name=name, path=path: exported(name, path))
            loaded, _ = timed(lambda path=path: importer.load(str(path)))
            print(f"{name:<18}{read / traced:>16.3f}{loaded / wrote:>24.3f}")
        report = [sys.executable, "-m", "costcalc", "report", str(Path(folder) / "mobilenet_v2.onnx")]
        cold(report)
        pairs = [(cold(report), cold(START)) for _ in range(RUNS)]
    ratio = statistics.median(ours / floor for ours, floor in pairs)
    print(f"report mobilenet_v2.onnx takes {ratio:.1f} cold starts (click, yaml, rich), median of {RUNS} pairs")
    print(f"cores: {os.cpu_count()}")


if __name__ == "__main__":
    main()
