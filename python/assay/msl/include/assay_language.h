// Keywords of Metal in terms of clang. The address spaces exist only in the syntax check: clang
// rejects methods and copies of objects that live in one, which Metal allows.
#pragma once

typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
#define ASSAY_GENERATED_CODE
#include <assay_kernel.h>

#if ASSAY_ADDRESS_SPACES
#define device __attribute__((address_space(1)))
#define constant const __attribute__((address_space(2)))
#define threadgroup __attribute__((address_space(3)))
#else
#define device
#define constant const
#define threadgroup
#endif
#define thread
#define kernel
#define half _Float16

// Library functions leave no trace in the line table: an instruction of theirs belongs to the line
// of the candidate that called them.
#define ASSAY_INLINE static inline __attribute__((always_inline, nodebug))
// As a template it gives way to a function that the source adds to namespace metal: libraries have
// their own mathematics for bfloat.
#define ASSAY_REPLACEABLE template <int = 0> ASSAY_INLINE
#define ASSAY_CALL static __attribute__((noinline, convergent, nodebug))

// Overloads for pointers into each address space that library functions write through.
#if ASSAY_ADDRESS_SPACES
#define ASSAY_EACH_SPACE(F) F(thread) F(device) F(threadgroup)
#define ASSAY_SHARED_SPACES(F) F(device) F(threadgroup)
#else
#define ASSAY_EACH_SPACE(F) F()
#define ASSAY_SHARED_SPACES(F) F()
#endif
