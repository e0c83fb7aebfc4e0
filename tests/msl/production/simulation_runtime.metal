// As a compiler for simulations writes it: a runtime in the source, buffers as bytes.
#include <metal_stdlib>
#include <metal_compute>
using namespace metal;
using byte = char;

template <typename T, typename G> T union_cast(G g) {
  static_assert(sizeof(T) == sizeof(G), "Size mismatch");
  return *reinterpret_cast<thread const T *>(&g);
}

inline int ifloordiv(int lhs, int rhs) {
  const int intm = (lhs / rhs);
  return (((lhs * rhs < 0) && (rhs * intm != lhs)) ? (intm - 1) : intm);
}

int32_t pow_i32(int32_t x, int32_t n) {
  int32_t tmp = x, ans = 1;
  while (n) {
    if (n & 1) ans *= tmp;
    tmp *= tmp;
    n >>= 1;
  }
  return ans;
}

float fatomic_fetch_add(device float *dest, const float operand) {
  bool ok = false;
  float old_val = 0.0f;
  while (!ok) {
    old_val = *dest;
    float new_val = (old_val + operand);
    ok = atomic_compare_exchange_weak_explicit(
        (device atomic_int *)dest, (thread int *)(&old_val), *((thread int *)(&new_val)),
        metal::memory_order_relaxed, metal::memory_order_relaxed);
  }
  return old_val;
}

struct RandState {
  uint32_t seed;
};

uint32_t rand_u32(device RandState *state) {
  device uint *sp = (device uint *)&(state->seed);
  bool done = false;
  uint32_t nxt = 0;
  while (!done) {
    uint32_t o = *sp;
    nxt = o * 1103515245 + 12345;
    done = atomic_compare_exchange_weak_explicit(
        (device atomic_uint *)sp, &o, nxt, metal::memory_order_relaxed,
        metal::memory_order_relaxed);
  }
  return nxt * 1000000007;
}

constant constexpr int kAlignment = 8;

struct ListData {
  int32_t element_stride = 0;
  atomic_int next;
};

struct List {
  device ListData *data;
  device byte *elements;
  template <typename T> void append(thread const T &elem) {
    const int at = atomic_fetch_add_explicit(&data->next, 1, metal::memory_order_relaxed);
    device char *ptr = elements + at * data->element_stride;
    thread char *source = (thread char *)(&elem);
    for (int i = 0; i < data->element_stride; ++i) {
      *ptr = *source;
      ++ptr;
      ++source;
    }
  }
  inline int num_active() {
    return atomic_load_explicit(&(data->next), metal::memory_order_relaxed);
  }
};

inline thread uint32_t *stack_count(thread byte *stack) {
  return reinterpret_cast<thread uint32_t *>(stack);
}
inline thread byte *stack_top(thread byte *stack, int element_size) {
  return stack + sizeof(uint32_t) + (*stack_count(stack) - 1) * 2 * element_size;
}
inline void stack_push(thread byte *stack, int element_size) {
  *stack_count(stack) += 1;
  for (int i = 0; i < element_size * 2; ++i) stack_top(stack, element_size)[i] = 0;
}

class S1 {
 public:
  S1(device byte *addr) : addr_(addr) {}
  static constant constexpr int stride = 8;
  template <typename V> inline device V *get(int i, int place) {
    return (device V *)(addr_ + i * stride + place * (int)sizeof(V));
  }

 private:
  device byte *addr_;
};

struct Active {
  int32_t index;
  float value;
};

void k0_func(device byte *root, device byte *tmps, device byte *list, device RandState *rand,
             const int linear_loop_idx_) {
  S1 tmp0(root);
  const int tmp1(linear_loop_idx_);
  device float *tmp2 = tmp0.get<float>(tmp1, 0);
  const float tmp3(*tmp2);
  byte stack[4 + 2 * 4 * 4] = {};
  *stack_count(stack) = 0;
  for (int i = 0; i < 3; ++i) {
    stack_push(stack, 4);
    *(thread float *)stack_top(stack, 4) = tmp3 * i;
  }
  const float tmp4 = *(thread float *)stack_top(stack, 4);
  fatomic_fetch_add((device float *)tmps, tmp4);
  *tmp0.get<int32_t>(tmp1, 1) = ifloordiv(tmp1 - 5, 3) * pow_i32(2, 3) + (union_cast<int>(1.0f) >> 23);
  if (rand_u32(rand + tmp1) % 2u) {
    List active{(device ListData *)list, list + kAlignment};
    active.append(Active{tmp1, tmp3});
  }
}

kernel void k0(device byte *root_addr [[buffer(0)]], device byte *tmps_addr [[buffer(1)]],
               device byte *list_addr [[buffer(2)]], device byte *runtime_addr [[buffer(3)]],
               const uint ugrid_size_ [[threads_per_grid]], const uint utid_ [[thread_position_in_grid]]) {
  device auto *rand = reinterpret_cast<device RandState *>(runtime_addr);
  for (int ii = (int)utid_; ii < 64; ii += (int)ugrid_size_) {
    k0_func(root_addr, tmps_addr, list_addr, rand, ii);
  }
}
