"""Times training steps of the paper's networks in Keras on TensorFlow, and prints one JSON line.

The counterpart of `srelu bench step`: the same layers, batch, optimizer and activation, one thread.
"""

import argparse
import json
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy
import tensorflow
from keras import layers


def srelu(x):
    """x for x > 0, 0.1 (e^x - 1) otherwise."""
    return tensorflow.where(x > 0, x, 0.1 * tensorflow.math.expm1(tensorflow.minimum(x, 0.0)))


ACTIVATIONS = {"relu": "relu", "srelu": srelu, "elu": "elu", "gelu": "gelu"}


def network(architecture, activation):
    hidden = lambda: [layers.Dense(512), layers.Activation(activation), layers.Dropout(0.3)]
    pooled = lambda filters: [
        layers.Conv2D(filters, 3), layers.Activation(activation), layers.MaxPooling2D(),
        layers.Dropout(0.3)]
    convolutions = pooled(32) + pooled(64) if architecture == "cnn" else []
    return keras.Sequential(
        [keras.Input((28, 28, 1))] + convolutions + [layers.Flatten()] + hidden() + hidden()
        + [layers.Dense(10, activation="softmax")])


class Clock(keras.callbacks.Callback):
    """Milliseconds of every step of fit()."""

    def __init__(self):
        super().__init__()
        self.times = []

    def on_train_batch_begin(self, batch, logs=None):
        self.start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.times.append((time.perf_counter() - self.start) * 1e3)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--architecture", choices=["ffnn", "cnn"], default="ffnn")
    parser.add_argument("--activation", choices=sorted(ACTIVATIONS), default="relu")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--warm-up", type=int, default=15)
    parser.add_argument("--compile", action="store_true", help="through XLA")
    options = parser.parse_args()

    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(0)
    model = network(options.architecture, ACTIVATIONS[options.activation])
    model.compile(
        "adam", "sparse_categorical_crossentropy", jit_compile=bool(options.compile))
    count = 8 * options.batch_size
    pixels = numpy.random.rand(count, 28, 28, 1).astype("float32")
    labels = numpy.random.randint(0, 10, count)
    batches = tensorflow.data.Dataset.from_tensor_slices((pixels, labels))
    batches = batches.batch(options.batch_size, drop_remainder=True).repeat().prefetch(2)
    clock = Clock()
    model.fit(
        batches, steps_per_epoch=options.warm_up + options.steps, epochs=1, verbose=0,
        callbacks=[clock])
    times = clock.times[options.warm_up:]
    print(json.dumps({
        "library": f"keras {keras.__version__} on tensorflow {tensorflow.__version__}",
        "ranks": 1, "median_ms": statistics.median(times), "min_ms": min(times)},
        separators=(",", ":")))


if __name__ == "__main__":
    main()
