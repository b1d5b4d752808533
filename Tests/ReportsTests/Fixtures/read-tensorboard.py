"""Reads a TensorBoard log folder with TensorBoard's own code; prints what it found as JSON.

Usage: read-tensorboard.py LOGDIR   (needs the Python package `tensorboard`)

  files     records per event file, every checksum verified
  runs      by run: tags of the scalars dashboard and their [step, value] points
  hparams   the experiment and session groups, as the HParams dashboard gets them
"""

import json
import os
import sys

from google.protobuf import json_format
from tensorboard import context
from tensorboard.backend.event_processing import data_provider
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.backend.event_processing import plugin_event_multiplexer
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import backend_context
from tensorboard.plugins.hparams import get_experiment
from tensorboard.plugins.hparams import list_session_groups
from tensorboard.util import tensor_util


def count_records(path):
    """Records in a file; raises where a checksum or length is wrong."""
    reader = pywrap_tensorflow.PyRecordReader_New(path)
    count, size = 0, 0
    while True:
        try:
            reader.GetNext()
        except Exception as error:  # the stub's own OutOfRangeError ends the file
            if type(error).__name__ != "OutOfRangeError":
                raise
            break
        count += 1
        size += len(reader.record()) + 16
    if size != os.path.getsize(path):
        raise ValueError("%s: %d of %d bytes read" % (path, size, os.path.getsize(path)))
    return count


def list_files(logdir):
    found = {}
    for folder, _, names in os.walk(logdir):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, logdir)] = count_records(path)
    return found


def read_runs(logdir):
    """Scalars by run, with the plugin that each belongs to checked."""
    runs = {}
    for folder, _, names in os.walk(logdir):
        if not any("tfevents" in name for name in names):
            continue
        accumulator = event_accumulator.EventAccumulator(
            folder, size_guidance={event_accumulator.TENSORS: 0}
        )
        accumulator.Reload()
        scalars = {}
        for tag in accumulator.Tags()["tensors"]:
            metadata = accumulator.SummaryMetadata(tag)
            if metadata.plugin_data.plugin_name != "scalars":
                continue
            scalars[tag] = [
                [event.step, float(tensor_util.make_ndarray(event.tensor_proto).item())]
                for event in accumulator.Tensors(tag)
            ]
        runs[os.path.relpath(folder, logdir)] = scalars
    return runs


def read_hparams(logdir):
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(logdir)
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, logdir)
    backend = backend_context.Context(
        base_plugin.TBContext(data_provider=provider, logdir=logdir)
    )
    request_context = context.RequestContext()
    experiment = get_experiment.Handler(
        request_context, backend, "", api_pb2.GetExperimentRequest()
    ).run()
    request = api_pb2.ListSessionGroupsRequest(
        slice_size=1000,
        allowed_statuses=[
            api_pb2.STATUS_UNKNOWN,
            api_pb2.STATUS_SUCCESS,
            api_pb2.STATUS_FAILURE,
            api_pb2.STATUS_RUNNING,
        ],
    )
    groups = list_session_groups.Handler(
        request_context, backend, "", request
    ).run()
    return {
        "experiment": json_format.MessageToDict(
            experiment, preserving_proto_field_name=True
        ),
        "sessions": json_format.MessageToDict(
            groups, preserving_proto_field_name=True
        ).get("session_groups", []),
    }


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    logdir = sys.argv[1]
    result = {
        "files": list_files(logdir),
        "runs": read_runs(logdir),
        "hparams": read_hparams(logdir),
    }
    print(json.dumps(result, indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
