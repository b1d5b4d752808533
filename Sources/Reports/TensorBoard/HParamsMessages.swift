/// The messages of TensorBoard's HParams plugin.
///
/// Source: `tensorboard/plugins/hparams/plugin_data.proto`, `api.proto` and `metadata.py` of
/// TensorBoard 2.21; field numbers are in the order of those files. Each message is the content of
/// an `HParamsPluginData` whose version is proto3's default, 0, and therefore not written.
package enum HParamsMessages {
  package static let pluginName = "hparams"
  package static let experimentTag = "_hparams_/experiment"
  package static let sessionStartTag = "_hparams_/session_start_info"
  package static let sessionEndTag = "_hparams_/session_end_info"

  /// `DataType` of api.proto.
  private enum DataType: Int {
    case string = 1
    case float64 = 3
  }

  /// `Status` of api.proto.
  private enum Status: Int {
    case success = 1
    case failure = 2
  }

  /// Returns the experiment: the table's columns and metrics; `created` in Unix seconds.
  package static func experiment(
    columns: [HParamsColumn], metricTags: [String], created: Double
  ) -> ProtobufMessage {
    ProtobufMessage { data in
      data.message(2) { experiment in
        experiment.double(3, created)
        for column in columns { experiment.message(4) { add(column, to: &$0) } }
        for tag in metricTags {
          // `MetricInfo` of a scalar in the session's own folder: an empty metric group.
          experiment.message(5) { info in info.message(1) { name in name.string(2, tag) } }
        }
      }
    }
  }

  /// Returns the start of a run's session: its value in each of its columns.
  package static func sessionStart(_ run: TensorBoardRun, columns: [HParamsColumn])
    -> ProtobufMessage
  {
    ProtobufMessage { data in
      data.message(3) { start in
        for column in columns {
          guard let value = column.value(in: run) else { continue }
          start.message(1) { entry in
            entry.string(1, column.name)
            entry.message(2) { add(value, to: &$0) }
          }
        }
        start.string(4, run.group)
        start.double(5, run.startTime)
      }
    }
  }

  package static func sessionEnd(_ run: TensorBoardRun) -> ProtobufMessage {
    ProtobufMessage { data in
      data.message(4) { end in
        end.integer(1, (run.isFinished ? Status.success : .failure).rawValue)
        end.double(2, run.endTime)
      }
    }
  }

  /// `HParamInfo`.
  private static func add(_ column: HParamsColumn, to info: inout ProtobufMessage) {
    info.string(1, column.name)
    switch column.domain {
    case .numbers(let range):
      info.integer(4, DataType.float64.rawValue)
      info.message(6) { interval in
        interval.double(1, range.lowerBound)
        interval.double(2, range.upperBound)
      }
    case .texts(let texts):
      info.integer(4, DataType.string.rawValue)
      info.message(5) { list in
        for text in texts { list.message(1) { add(.text(text), to: &$0) } }
      }
    }
    info.boolean(7, column.differs)
  }

  /// `google.protobuf.Value`.
  private static func add(_ value: TensorBoardRun.Setting, to json: inout ProtobufMessage) {
    switch value {
    case .number(let number): json.double(2, number)
    case .text(let text): json.string(3, text)
    }
  }
}
