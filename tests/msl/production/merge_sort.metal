// A sort of one block: threads sort their items, then merge runs of growing length.
#include <metal_stdlib>
using namespace metal;

template <typename T>
METAL_FUNC void exchange(thread T &a, thread T &b) {
  T old = a;
  a = b;
  b = old;
}
template <typename T, typename = void>
struct last { static constexpr constant T value = numeric_limits<T>::max(); };
template <typename T>
struct last<T, enable_if_t<is_floating_point_v<T>>> {
  static constexpr constant T value = numeric_limits<T>::infinity();
};
template <typename T>
struct Less {
  static constexpr constant T init = last<T>::value;
  METAL_FUNC bool operator()(T a, T b) const {
    if constexpr (is_floating_point_v<T>) {
      if (isnan(a) | isnan(b)) return (!isnan(a)) & isnan(b);
    }
    return a < b;
  }
};

template <typename T, short N, typename Compare>
struct ThreadSort {
  static METAL_FUNC void sort(thread T (&items)[N]) {
    Compare less;
    for (short i = 0; i < N; ++i) {
      for (short j = i & 1; j < N - 1; j += 2) {
        if (less(items[j + 1], items[j])) exchange(items[j + 1], items[j]);
      }
    }
  }
};

template <typename T, short Threads, short N, typename Compare = Less<T>>
struct BlockSort {
  using thread_sort = ThreadSort<T, N, Compare>;
  static constexpr constant short size = Threads * N;
  static METAL_FUNC short split(const threadgroup T *a, const threadgroup T *b, short na, short nb,
                                short at) {
    Compare less;
    short low = max(short(0), short(at - nb)), high = min(at, na);
    while (low < high) {
      const short middle = low + (high - low) / 2;
      if (less(b[at - 1 - middle], a[middle])) high = middle; else low = middle + 1;
    }
    return low;
  }
  static METAL_FUNC void sort(threadgroup T *block, ushort index) {
    Compare less;
    thread T items[N];
    for (short i = 0; i < N; ++i) items[i] = block[index * N + i];
    thread_sort::sort(items);
    for (short run = N; run < size; run *= 2) {
      threadgroup_barrier(mem_flags::mem_threadgroup);
      for (short i = 0; i < N; ++i) block[index * N + i] = items[i];
      threadgroup_barrier(mem_flags::mem_threadgroup);
      const short start = (index * N) / (2 * run) * (2 * run), at = index * N - start;
      const threadgroup T *a = block + start;
      const threadgroup T *b = a + run;
      short i = split(a, b, run, run, at), j = at - i;
      for (short k = 0; k < N; ++k) {
        const bool second = j < run && (i >= run || less(b[j], a[i]));
        items[k] = second ? b[j++] : a[i++];
      }
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (short i = 0; i < N; ++i) block[index * N + i] = items[i];
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }
};

template <typename T, short Threads, short N>
[[kernel, max_total_threads_per_threadgroup(Threads)]] void block_sort(
    device const T *in [[buffer(0)]], device T *out [[buffer(1)]], constant int &count [[buffer(2)]],
    ushort index [[thread_index_in_threadgroup]]) {
  using sorter = BlockSort<T, Threads, N>;
  threadgroup T block[sorter::size];
  for (short i = index; i < sorter::size; i += Threads) block[i] = i < count ? in[i] : Less<T>::init;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  sorter::sort(block, index);
  for (int i = index; i < count; i += Threads) out[i] = block[i];
}
template [[host_name("sort_float")]] [[kernel]] decltype(block_sort<float, 32, 4>) block_sort<float, 32, 4>;
template [[host_name("sort_int64")]] [[kernel]] decltype(block_sort<long, 64, 2>) block_sort<long, 64, 2>;
