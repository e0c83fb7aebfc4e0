// Atomics on types that the hardware has none for: compare-exchange on the word around them.
#include <metal_stdlib>
using namespace metal;

template <typename T>
constexpr constant bool is_native = is_same_v<T, int> || is_same_v<T, uint> || is_same_v<T, float>;
template <typename T, typename = void>
struct cell { atomic<uint> word; };
template <typename T>
struct cell<T, enable_if_t<is_native<T>>> { atomic<T> word; };

namespace {
template <typename T>
constexpr constant uint per_word = sizeof(uint) / sizeof(T);
template <typename T>
union word_or_items {
  uint word;
  T items[per_word<T>];
};
}  // namespace

template <typename T, enable_if_t<is_native<T>, bool> = true>
METAL_FUNC void fetch_add(device cell<T> *cells, T value, size_t at) {
  atomic_fetch_add_explicit(&(cells[at].word), value, memory_order_relaxed);
}
template <typename T, enable_if_t<!is_native<T>, bool> = true>
METAL_FUNC void fetch_add(device cell<T> *cells, T value, size_t at) {
  const size_t place = at / per_word<T>;
  const size_t item = at % per_word<T>;
  word_or_items<T> old, updated;
  old.word = atomic_load_explicit(&(cells[place].word), memory_order_relaxed);
  do {
    updated = old;
    updated.items[item] = old.items[item] + value;
  } while (!atomic_compare_exchange_weak_explicit(&(cells[place].word), &(old.word), updated.word,
                                                  memory_order_relaxed, memory_order_relaxed));
}

template <typename T>
kernel void histogram(device const uint *bins, device cell<T> *out, uint i [[thread_position_in_grid]]) {
  fetch_add<T>(out, T(1), bins[i]);
}
#define instantiate_histogram(type) \
  template [[host_name("histogram_" #type)]] kernel void histogram<type>(device const uint *, \
                                                                         device cell<type> *, uint);
instantiate_histogram(int) instantiate_histogram(float) instantiate_histogram(uchar)
instantiate_histogram(half) instantiate_histogram(short)
