// MPI's constants are casts in macros, which Swift does not import: each gets a function here.
#include <mpi.h>

static inline MPI_Comm srelu_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Comm srelu_comm_self(void) { return MPI_COMM_SELF; }
static inline MPI_Comm srelu_comm_null(void) { return MPI_COMM_NULL; }
static inline MPI_Group srelu_group_null(void) { return MPI_GROUP_NULL; }
static inline MPI_Datatype srelu_float(void) { return MPI_FLOAT; }
static inline MPI_Datatype srelu_double(void) { return MPI_DOUBLE; }
static inline MPI_Datatype srelu_int32(void) { return MPI_INT32_T; }
static inline MPI_Datatype srelu_int64(void) { return MPI_INT64_T; }
static inline MPI_Datatype srelu_uint8(void) { return MPI_UINT8_T; }
static inline MPI_Datatype srelu_uint64(void) { return MPI_UINT64_T; }
static inline MPI_Op srelu_sum(void) { return MPI_SUM; }
static inline MPI_Op srelu_min(void) { return MPI_MIN; }
static inline MPI_Op srelu_max(void) { return MPI_MAX; }
static inline MPI_Op srelu_product(void) { return MPI_PROD; }
static inline void *srelu_in_place(void) { return MPI_IN_PLACE; }
static inline MPI_Request srelu_request_null(void) { return MPI_REQUEST_NULL; }
static inline MPI_Status *srelu_status_ignore(void) { return MPI_STATUS_IGNORE; }
static inline MPI_Info srelu_info_null(void) { return MPI_INFO_NULL; }
static inline MPI_Message srelu_message_null(void) { return MPI_MESSAGE_NULL; }
static inline MPI_Win srelu_win_null(void) { return MPI_WIN_NULL; }
static inline int srelu_mode_nocheck(void) { return MPI_MODE_NOCHECK; }
static inline int srelu_undefined(void) { return MPI_UNDEFINED; }
static inline int srelu_any_source(void) { return MPI_ANY_SOURCE; }
static inline int srelu_any_tag(void) { return MPI_ANY_TAG; }

// The value of one of the implementation's parameters that is text, such as Open MPI's
// osc_sm_backing_directory (MPI 3.1, section 14.3). Whether there is one.
static inline int srelu_text_parameter(const char *name, char *text, int length) {
  int provided, index, count, found = 0;
  MPI_T_cvar_handle handle;
  if (MPI_T_init_thread(MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS) return 0;
  if (MPI_T_cvar_get_index(name, &index) == MPI_SUCCESS &&
      MPI_T_cvar_handle_alloc(index, NULL, &handle, &count) == MPI_SUCCESS) {
    found = count < length && MPI_T_cvar_read(handle, text) == MPI_SUCCESS;
    MPI_T_cvar_handle_free(&handle);
  }
  MPI_T_finalize();
  return found;
}

static inline int srelu_errors_return(MPI_Comm comm) {
  return MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
}
static inline int srelu_win_errors_return(MPI_Win win) {
  return MPI_Win_set_errhandler(win, MPI_ERRORS_RETURN);
}
