// The contract between code generated from a Metal source and the CPU device that runs it.
// Both sides include this file; change ASSAY_KERNEL_ABI with any change of layout or meaning.
#pragma once

#ifndef ASSAY_GENERATED_CODE  // which has no standard headers and defines the types itself
#include <stdint.h>
#endif

#define ASSAY_KERNEL_ABI 4u
#define ASSAY_MAX_BUFFERS 31u             // buffer(0) … buffer(30), as in Metal
#define ASSAY_MAX_THREADGROUP_ARGUMENTS 31u
#define ASSAY_SIMD_WIDTH 32u
#define ASSAY_MAX_EXCHANGE_BYTES 64u
#define ASSAY_MAX_PATH 15u                // function calls and loops around a simdgroup operation

// What a generated kernel tells about itself.
enum {
  // It can reach a barrier or a simdgroup operation: run() executes ONE thread and has to be called
  // on a stack of its own for each thread of the threadgroup. Without this flag run() executes the
  // whole threadgroup in loops and ignores its x, y, z.
  ASSAY_KERNEL_SYNCHRONISES = 1u,
  // It uses no threadgroup memory and no input but the position in the grid and the grid's size:
  // the device may cut the grid into groups of any shape.
  ASSAY_KERNEL_ANY_SHAPE = 2u,
};

// One threadgroup of one dispatch. A thread's position in the grid is
// position * dispatch_threads_per_threadgroup + its position in the threadgroup.
typedef struct assay_threadgroup {
  uint32_t threads_per_grid[3];
  uint32_t threadgroups_per_grid[3];
  uint32_t dispatch_threads_per_threadgroup[3];  // as dispatched
  uint32_t threads_per_threadgroup[3];           // of this group: smaller at the grid's edge
  uint32_t threadgroup_position[3];
  char *threadgroup_memory;                      // arrays declared in the kernel, see the slots
  char *threadgroup_arguments[ASSAY_MAX_THREADGROUP_ARGUMENTS];  // [[threadgroup(n)]]
} assay_threadgroup;

// Result of a simdgroup exchange. `values` has one entry per lane; entries of lanes that are not in
// `active` are undefined. Valid until this thread calls the runtime again.
typedef struct assay_exchange {
  const char (*values)[ASSAY_MAX_EXCHANGE_BYTES];
  uint32_t active;  // bit per lane that took part
  uint32_t lane;    // the calling thread's own lane
} assay_exchange;

// The way on which a thread came to where it is: for each call of a function and each loop around it
// a position in the source in the upper half, the number of the iteration in the lower. Steps beyond
// the last are counted only.
typedef struct assay_path {
  uint32_t depth;
  uint64_t steps[ASSAY_MAX_PATH];
} assay_path;

// What the device offers to a running kernel. Only kernels with ASSAY_KERNEL_SYNCHRONISES call it.
typedef struct assay_runtime {
  void (*threadgroup_barrier)(void);
  // Publishes `size` bytes (at most ASSAY_MAX_EXCHANGE_BYTES; 0 makes a plain simdgroup barrier) and
  // waits for the lanes of the simdgroup that have arrived at the same `site` on the same path. A
  // site is a position in the source, in 32 bits; among waiting lanes those run first that come first
  // by their paths, the site being the last step.
  assay_exchange (*simd_exchange)(const void *value, uint32_t size, uint64_t site);
  uint32_t (*lane)(void);
  // The calling thread's own path, for the kernel to keep. It is empty where a thread begins.
  assay_path *(*path)(void);
} assay_runtime;

// One declaration of threadgroup memory. `tag` says whose it is. The device fills `offset` at load.
typedef struct assay_threadgroup_slot {
  const void *tag;
  uint64_t size;
  uint64_t offset;
} assay_threadgroup_slot;

// One [[function_constant(index)]]. Its value is part of the code.
typedef struct assay_function_constant {
  const char *name;
  uint32_t index;
  uint32_t scalar;  // number of the component's type in ScalarType
  uint32_t width;   // components: 1, or 2 to 4 for a vector
  uint32_t is_optional;
} assay_function_constant;

typedef struct assay_kernel {
  const char *name;
  uint32_t flags;
  uint32_t max_threads;   // [[max_total_threads_per_threadgroup(n)]], 0 where absent
  uint32_t buffers;       // bit i: buffer(i) has to be bound
  uint32_t arguments;     // bit n: threadgroup(n) has to be given a length
  const void *tag;        // identity in the threadgroup slots
  // Null in a library that lists the kernel without its code.
  void (*run)(void *const *buffers, const assay_threadgroup *group, uint32_t x, uint32_t y,
              uint32_t z);
  const uint32_t *constants;  // which of the library's function constants it refers to
  uint32_t constant_count;
} assay_kernel;

// The one symbol that a generated shared object exports, under the name assay_kernel_library.
typedef struct assay_kernel_library_t {
  uint32_t abi;
  uint32_t kernel_count;
  const assay_kernel *kernels;
  assay_threadgroup_slot *slots_begin;
  assay_threadgroup_slot *slots_end;
  const assay_runtime **runtime;  // the device stores its table here
  const assay_function_constant *constants;
} assay_kernel_library_t;
