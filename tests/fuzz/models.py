"""Model files to start from: Keras' configuration, bare and in its archive, and ONNX where its package is there."""

import importlib.util
import io
import json
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

KINDS = ("config", "keras", "graph", "onnx")
HAS_ONNX = importlib.util.find_spec("onnx") is not None
PARSED = (Exception,)  # of the package's own classes, which are no part of what it promises


def _layer(kind: str, name: str, reads: Sequence[str] = (), **config: Any) -> dict[str, Any]:
    """Return a layer as Keras 3 writes it."""
    tensors = [{"class_name": "__keras_tensor__", "config": {"keras_history": [read, 0, 0]}} for read in reads]
    node = {"args": tensors if len(tensors) < 2 else [tensors], "kwargs": {}}
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name, **config},
        "inbound_nodes": [node] if reads else [],
    }


def _model(kind: str, layers: Sequence[dict[str, Any]]) -> str:
    """Return the configuration of a model whose last layer is its output."""
    ends = {} if kind == "Sequential" else {"output_layers": [layers[-1]["name"], 0, 0]}
    return json.dumps({"class_name": kind, "config": {"name": "net", "layers": layers, **ends}})


CONFIGS = [
    _model(
        "Functional",
        [
            _layer("InputLayer", "in", batch_shape=[None, 16, 12, 3]),
            _layer("Conv2D", "stem", ["in"], filters=8, kernel_size=[3, 3], strides=[2, 2], padding="same", use_bias=False),
            _layer("BatchNormalization", "bn", ["stem"], axis=-1, scale=True, center=False),
            _layer("ReLU", "relu", ["bn"], max_value=6.0),
            _layer("SeparableConv2D", "block1_a", ["relu"], filters=8, kernel_size=3, padding="same", activation="swish"),
            _layer("Add", "block1_add", ["relu", "block1_a"]),
            _layer("DepthwiseConv2D", "block2_a", ["block1_add"], kernel_size=3, depth_multiplier=2, dilation_rate=[2, 1]),
            _layer("ZeroPadding2D", "pad", ["block2_a"], padding=[[0, 1], [2, 0]]),
            _layer("MaxPooling2D", "pool", ["pad"], pool_size=[2, 2], strides=None, padding="valid"),
            _layer("Concatenate", "cat", ["pool", "pool"], axis=-1),
            _layer("GlobalAveragePooling2D", "gap", ["cat"], keepdims=False),
            _layer("Dense", "top", ["gap"], units=10, activation="softmax"),
        ],
    ),
    _model(
        "Sequential",
        [
            _layer("Conv2D", "a", filters=4, kernel_size=[1, 1], groups=1, batch_input_shape=[None, 8, 8, 4]),
            _layer("LayerNormalization", "ln", axis=[-1]),
            _layer("PReLU", "prelu", shared_axes=[1, 2]),
            _layer("UpSampling2D", "up", size=[2, 2], interpolation="bilinear"),
            _layer("Cropping2D", "crop", cropping=1),
            _layer("Dropout", "drop", rate=0.5),
            _layer("Flatten", "flat"),
            _layer("Reshape", "grid", target_shape=[14, 14, 4]),
        ],
    ),
]  # fmt: skip
HEAD = '<ir_version: 8, opset_import: ["" : 17]>\n'
GRAPHS = [
    HEAD + """net (float[1,3,9,8] x) => (float[1,5] y)
<float[4,3,3,3] w = {}, float[4] b = {}, float[4] i = {}, float[4] j = {}, float[4] m = {}, float[4] o = {}, float[4,1,3,3] d = {},
 float[5,4] f = {}, float[5] g = {}, int64[2] to = {1, -1}> {
  a = Conv <kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1]> (x, w, b)
  n = BatchNormalization (a, i, j, m, o)
  s = Sigmoid (n)
  c = Mul (n, s)
  e = Conv <group = 4, auto_pad = "SAME_UPPER"> (c, d)
  r = Add (e, c)
  p = MaxPool <kernel_shape = [2, 2], ceil_mode = 1> (r)
  q = GlobalAveragePool (p)
  v = Reshape (q, to)
  y = Gemm <transB = 1> (v, f, g)
}
""",
    HEAD + """net (float[1,4,6,6] x) => (float[1,36,4] y)
<float[4,4] w = {}, float[4] b = {}, float[4] i = {}, float[4] j = {}, int64[1] zero = {0}, int64[2] rest = {4, 36}, float half = {0.5}> {
  h = Shape (x)
  n = Gather <axis = 0> (h, zero)
  t = Concat <axis = 0> (n, rest)
  f = Reshape (x, t)
  p = Transpose <perm = [0, 2, 1]> (f)
  q = MatMul (p, w)
  k = Add (q, b)
  u = Transpose <perm = [0, 2, 1]> (p)
  s = MatMul (k, u)
  m = Mul (s, half)
  a = Softmax <axis = -1> (m)
  o = MatMul (a, p)
  l = LayerNormalization <axis = -1> (o, i, j)
  y = Add (l, p)
}
""",
    HEAD + """net (float["n",4,10,8] x) => (y)
<float low = {0}, float high = {6}, float[6,4,1,1] w = {}, int64[2] parts = {2, 2}, int64[1] start = {1}, int64[1] stop = {7}, int64[1] axis = {2},
 float[4] sizes = {1, 1, 2, 2}, int64[8] pads = {0, 0, 1, 0, 0, 0, 0, 2}> {
  a = Clip (x, low, high)
  b, c = Split <axis = 1> (a, parts)
  d = Concat <axis = 1> (c, b)
  e = Slice (d, start, stop, axis)
  f = Pad (e, pads)
  g = Conv (f, w)
  h = Resize <mode = "nearest"> (g, , sizes)
  y = ReduceMean <axes = [2, 3], keepdims = 0> (h)
}
""",
]  # fmt: skip


def archive(text: str, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a configuration in the archive that Keras saves."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as made:
        made.writestr(zipfile.ZipInfo("metadata.json"), "{}")
        made.writestr(zipfile.ZipInfo("config.json"), text, how)
    return stream.getvalue()


def binary(text: bytes) -> bytes | None:
    """Return the file of a graph that is written as ONNX's text; None where it is not such text."""
    with suppress(*PARSED):
        parser = importlib.import_module("onnx.parser")
        return parser.parse_model(text.decode()).SerializeToString()
    return None


def starts() -> dict[str, list[bytes]]:
    """Return the files of each kind."""
    found = {
        "config": [text.encode() for text in CONFIGS],
        "keras": [archive(text, how) for text in CONFIGS for how in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)],
    }
    if HAS_ONNX:
        found["graph"] = [text.encode() for text in GRAPHS]
        found["onnx"] = [data for text in found["graph"] if (data := binary(text))]
    return found
