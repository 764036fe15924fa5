"""Write what Keras says of each form of each layer type that `export --to keras` has: the models that tests import.

Needs Keras. `tests/keras/forms.json` has a model's configuration by form, without what no reader looks at, and how many
weights Keras counts: those that are trained, and the others.
"""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))
UNREAD = ("initializer", "regularizer", "constraint", "dtype", "module", "autocast", "sparse", "ragged", "build_config")
TARGET = TESTS / "keras" / "forms.json"


def short(item: Any) -> Any:
    """Return a configuration without what no reader looks at."""
    if isinstance(item, list):
        return [short(part) for part in item]
    if not isinstance(item, dict):
        return item
    return {key: short(value) for key, value in item.items() if not key.endswith(UNREAD)}


def models() -> Iterator[tuple[str, Any]]:
    """Yield each model by its name."""
    import keras
    from keras import layers
    from test_export import FORMS, KERAS_LACKS, MORE_FORMS, keras_model, written

    for form, rows in {**FORMS, **MORE_FORMS}.items():
        if form not in KERAS_LACKS:
            yield form, keras_model(written(rows, "keras")[1])
    conv = layers.Conv1D(8, 16, strides=4, activation="relu")
    last = (
        layers.Conv1D(12, 3, padding="causal", dilation_rate=2),
        layers.UpSampling1D(2),
        layers.GlobalMaxPooling1D(),
    )
    middle = (layers.MaxPooling1D(4), layers.SeparableConv1D(12, 3, padding="same"), layers.BatchNormalization())
    yield "a signal", keras.Sequential([keras.Input((400, 1)), conv, *middle, *last, layers.Dense(3)])
    recurrent = (layers.LSTM(6, return_sequences=True), layers.GRU(5))
    yield "a state", keras.Sequential([keras.Input((20, 4)), *recurrent, layers.Dense(2, activation="softmax")])
    x = keras.Input((10, 6))
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(layers.TimeDistributed(layers.Dense(4, "relu"))(x))
    y = layers.Bidirectional(layers.GRU(2))(layers.Attention()([y, y]))
    yield "two ways", keras.Model(x, layers.Dense(2)(y))
    x = keras.Input((8, 8, 3))
    y, z = (layers.Conv2D(4, 3)(layers.RandomFlip()(x)) for _ in "yz")
    y = layers.Maximum()([layers.Average()([y, z]), y])
    yield "averaged", keras.Model(x, layers.Dense(2)(layers.GlobalAveragePooling2D()(y)))
    yield "features", keras.Sequential([keras.Input((20,)), layers.Dense(8, "relu"), layers.Dense(3)])
    x = keras.Input((12, 12, 4))
    y = layers.Conv2DTranspose(6, 4, strides=2, padding="same")(layers.Conv2DTranspose(4, 2, strides=3)(x))
    yield "transposed", keras.Model(x, layers.Resizing(16, 16)(y))


def main() -> None:
    """Write the file."""
    found = {}
    for name, model in models():
        trained = sum(math.prod(one.shape) for one in model.trainable_weights)
        kept = sum(math.prod(one.shape) for one in model.non_trainable_weights if "seed" not in one.path)
        found[name] = {"trained": trained, "kept": kept, "model": short(json.loads(model.to_json()))}
    lines = [f"{json.dumps(name)}: {json.dumps(told, separators=(',', ':'))}" for name, told in found.items()]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
