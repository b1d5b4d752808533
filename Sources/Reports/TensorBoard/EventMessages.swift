/// TensorFlow's `Event` messages, as TensorBoard's event files hold them.
///
/// Source: `tensorboard/compat/proto/event.proto`, `summary.proto`, `tensor.proto` and
/// `plugins/scalar/summary_v2.py` of TensorBoard 2.21.
package enum EventMessages {
  /// `DT_FLOAT` of types.proto.
  private static let floatType = 1

  /// Returns the event that begins each file and names its format.
  package static func version(wallTime: Double) -> ProtobufMessage {
    ProtobufMessage { event in
      event.double(1, wallTime)
      event.string(3, "brain.Event:2")
    }
  }

  /// Returns scalars of one step as TF2's `summary.scalar` writes them: 32-bit float tensors of
  /// rank 0 with the scalars plugin's name.
  package static func scalars(
    _ values: [(tag: String, value: Double)], step: Int, wallTime: Double
  ) -> ProtobufMessage {
    summary(
      step: step, wallTime: wallTime,
      values: values.map { tag, value in
        let tensor = ProtobufMessage { tensor in
          tensor.integer(1, floatType)
          tensor.message(2) { _ in }
          tensor.packedFloats(5, [Float(value)])
        }
        return summaryValue(tag: tag, tensor: tensor, plugin: "scalars", content: nil)
      })
  }

  /// Returns a message of the HParams plugin; its tensor is empty, its content is in the metadata.
  package static func hparams(tag: String, _ content: ProtobufMessage, wallTime: Double)
    -> ProtobufMessage
  {
    let tensor = ProtobufMessage { tensor in
      tensor.integer(1, floatType)
      tensor.message(2) { shape in shape.message(2) { _ in } }
    }
    let value = summaryValue(
      tag: tag, tensor: tensor, plugin: HParamsMessages.pluginName, content: content)
    return summary(step: 0, wallTime: wallTime, values: [value])
  }

  private static func summary(
    step: Int, wallTime: Double, values: [ProtobufMessage]
  ) -> ProtobufMessage {
    ProtobufMessage { event in
      event.double(1, wallTime)
      if step != 0 { event.integer(2, step) }
      event.message(5) { summary in
        for value in values { summary.message(1, value) }
      }
    }
  }

  /// Returns a `Summary.Value` with the plugin's name and content in its metadata.
  private static func summaryValue(
    tag: String, tensor: ProtobufMessage, plugin: String, content: ProtobufMessage?
  ) -> ProtobufMessage {
    ProtobufMessage { value in
      value.string(1, tag)
      value.message(8, tensor)
      value.message(9) { metadata in
        metadata.message(1) { data in
          data.string(1, plugin)
          if let content { data.message(2, content) }
        }
      }
    }
  }
}
