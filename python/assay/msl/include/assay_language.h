// Keywords of Metal in terms of clang.
#pragma once

typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
#define ASSAY_GENERATED_CODE
#include <assay_kernel.h>

// Code is made with the address spaces of SYCL: they take part in overloading and do not hinder methods
// and copies of objects that live in one, but a pointer into one becomes a plain one silently. The
// syntax check has address spaces that nothing converts between.
#if ASSAY_STRICT_ADDRESS_SPACES
#define device __attribute__((address_space(1)))
#define constant const __attribute__((address_space(2)))
#define threadgroup __attribute__((address_space(3)))
#define ASSAY_EMITTED
#define ASSAY_VALUE(...) __VA_ARGS__
#else
#define device __attribute__((opencl_global))
#define constant const __attribute__((opencl_private))
#define threadgroup __attribute__((opencl_local))
// SYCL makes code only for functions that such a function leads to.
#define ASSAY_EMITTED [[clang::sycl_external]] __attribute__((used, visibility("hidden")))
// The value of an object in any address space.
#define ASSAY_VALUE(...) assay::value(__VA_ARGS__)
#endif
// The condition makes clang take casts between address spaces for constant expressions.
#define ASSAY_TEXT_AT(s) ((constant char (&)[sizeof(s)])(s))
#define ASSAY_TEXT(s) (__builtin_constant_p(1) ? ASSAY_TEXT_AT(s) : ASSAY_TEXT_AT(s))
#define thread
#define kernel
#define half _Float16

// Library functions leave no trace in the line table: an instruction of theirs belongs to the line
// of the candidate that called them.
#define ASSAY_INLINE static inline __attribute__((always_inline, nodebug))
#define ASSAY_METHOD inline __attribute__((always_inline, nodebug))
// As a template it gives way to a function that the source adds to namespace metal: libraries have
// their own mathematics for bfloat. And clang reads it from the precompiled library only if a program
// calls it; functions that are no templates it reads for every program, to tell what a device can run.
#define ASSAY_REPLACEABLE template <int = 0> ASSAY_INLINE
#define ASSAY_CALL static __attribute__((noinline, convergent, nodebug))

// Overloads for pointers into each address space that library functions write through.
#define ASSAY_EACH_SPACE(F) F(thread) F(device) F(threadgroup)
#define ASSAY_SHARED_SPACES(F) F(device) F(threadgroup)

// Methods that know where their object lies take a later standard, which not every program needs.
#if __cplusplus > 202002L
#define ASSAY_IN_MEMORY(F) F(device) F(const device) F(threadgroup) F(const threadgroup) F(constant)
#else
#define ASSAY_IN_MEMORY(F)
#endif

namespace assay {
template <class T>
ASSAY_INLINE constexpr T value(T object) {
  return object;
}
}  // namespace assay
