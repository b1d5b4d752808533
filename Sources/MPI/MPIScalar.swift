import CMPI

/// A type whose arrays travel as one of MPI's own datatypes (MPI 3.1, section 3.2.2).
public protocol MPIScalar: BitwiseCopyable, Sendable, Equatable {
  /// MPI's opaque handle for the type.
  static var datatype: MPIDatatype { get }
}

/// MPI's handle for a datatype.
public struct MPIDatatype: @unchecked Sendable {
  let raw: MPI_Datatype
}

extension Float: MPIScalar {
  /// `MPI_FLOAT`.
  public static var datatype: MPIDatatype { MPIDatatype(raw: srelu_float()) }
}
extension Double: MPIScalar {
  /// `MPI_DOUBLE`.
  public static var datatype: MPIDatatype { MPIDatatype(raw: srelu_double()) }
}
extension Int32: MPIScalar {
  /// `MPI_INT32_T`.
  public static var datatype: MPIDatatype { MPIDatatype(raw: srelu_int32()) }
}
extension Int64: MPIScalar {
  /// `MPI_INT64_T`.
  public static var datatype: MPIDatatype { MPIDatatype(raw: srelu_int64()) }
}
extension UInt8: MPIScalar {
  /// `MPI_UINT8_T`.
  public static var datatype: MPIDatatype { MPIDatatype(raw: srelu_uint8()) }
}
extension UInt64: MPIScalar {
  /// `MPI_UINT64_T`.
  public static var datatype: MPIDatatype { MPIDatatype(raw: srelu_uint64()) }
}

/// How several ranks' values are combined (MPI 3.1, section 5.9.2).
public enum ReduceOperation: Sendable, CaseIterable {
  /// The sum. Integer overflow is undefined: Open MPI wraps single elements and saturates vectors.
  case sum
  case min
  case max
  case product

  var raw: MPI_Op {
    switch self {
    case .sum: srelu_sum()
    case .min: srelu_min()
    case .max: srelu_max()
    case .product: srelu_product()
    }
  }
}
