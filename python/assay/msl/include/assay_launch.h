// What the generated launch code of every kernel uses.
#pragma once

namespace assay {

// `constant T &` arguments are copied where that is cheap, so that the optimiser knows that stores
// to buffers do not change them.
template <class T>
using bound = typename metal::conditional<sizeof(T) <= 64, const T, const T &>::type;

// The tag that tells the threadgroup memory of one kernel from that of another.
template <class... T>
struct tag_of {
  static constexpr char value = 0;
};

}  // namespace assay

#define ASSAY_SLOT __attribute__((section("assay_slots"), used))

// Address of the threadgroup memory that the device gave to a slot.
#define ASSAY_THREADGROUP(T, memory, slot) \
  (*(threadgroup T *)(threadgroup void *)__builtin_assume_aligned((memory) + (slot).offset, 16))
