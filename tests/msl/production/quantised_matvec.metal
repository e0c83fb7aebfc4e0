#include <metal_stdlib>

#define MIN(x, y) ((x) < (y) ? (x) : (y))
#define N_SIMDWIDTH 32
#define FOR_UNROLL(x) _Pragma("clang loop unroll(full)") for (x)

using namespace metal;

#define QK4 32
typedef struct {
    half    d;
    uint8_t qs[QK4 / 2];
} block_q4;
typedef struct { half d; half m; uint8_t qs[QK4 / 2]; } block_q41;
static_assert(sizeof(block_q4) == sizeof(half) + QK4 / 2, "wrong block size");

typedef struct {
    int32_t  ne00;
    int32_t  ne01;
    uint64_t nb01;
    int64_t  ne10;
    int16_t  r2;
} mul_mv_args;

constant short NSG [[function_constant(0)]];
constant bool has_bias [[function_constant(1)]];
constant short nsg = is_function_constant_defined(NSG) ? NSG : 2;

inline float dot_block(device const block_q4 * b, float sumy, thread float * yl, int il) {
    float d = b->d;
    float2 acc = 0.f;
    device const uint16_t * qs = ((device const uint16_t *) b + 1 + il/2);
    for (int i = 0; i < 8; i += 2) {
        acc[0] += yl[i + 0] * (qs[i / 2] & 0x000F) + yl[i + 1] * (qs[i / 2] & 0x0F00);
        acc[1] += yl[i + 8] * (qs[i / 2] & 0x00F0) + yl[i + 9] * (qs[i / 2] & 0xF000);
    }
    return d * (sumy * -8.f + acc[0] + acc[1]);
}
inline float dot_block(device const block_q41 * b, float sumy, thread float * yl, int il) {
    return float(b->d) * sumy + float(b->m) * yl[il & 7];
}

template<typename block_t, short NR0, typename args_t>
void mul_vec_impl(
        args_t args,
        device const char * src0,
        device const char * src1,
        device       char * dst,
        threadgroup  char * shmem,
        uint3  tgpig,
        ushort tiisg,
        ushort sgitg) {
    const int nb = args.ne00/QK4;
    const int first_row = (tgpig.x * nsg + sgitg) * NR0;
    device const float * y = (device const float *) (src1);
    device const block_t * ax[NR0];
    FOR_UNROLL (int row = 0; row < NR0; ++row) {
        const uint64_t offset0 = (first_row + row)*args.nb01;
        ax[row] = (device const block_t *) ((device char *) src0 + offset0);
    }
    float yl[16];
    float sumf[NR0] = {0.f};
    const short ix = (tiisg/2);
    const short il = (tiisg%2)*8;
    device const float * yb = y + ix*QK4 + il;
    for (int ib = ix; ib < nb; ib += N_SIMDWIDTH/2) {
        float sumy[2] = { 0.f, 0.f };
#pragma unroll
        for (short i = 0; i < 8; i += 2) {
            sumy[0]  += yb[i +  0] + yb[i +  1];
            yl[i + 0] = yb[i +  0];
            yl[i + 1] = yb[i +  1]/256.f;
            sumy[1]  += yb[i + 16] + yb[i + 17];
            yl[i + 8] = yb[i + 16]/16.f;
            yl[i + 9] = yb[i + 17]/4096.f;
        }
        FOR_UNROLL (short row = 0; row < NR0; row++) {
            sumf[row] += dot_block(ax[row] + ib, sumy[0] + sumy[1], yl, il);
        }
        yb += QK4 * 16;
    }
    device float * dst_f32 = (device float *) dst;
    for (int row = 0; row < NR0; ++row) {
        const float tot = simd_sum(sumf[row]);
        if (tiisg == 0 && first_row + row < args.ne01) {
            dst_f32[first_row + row] = tot;
        }
    }
}

template<typename block_t>
kernel void kernel_mul_mv(
        constant mul_mv_args & args [[buffer(0)]],
        device const char * src0 [[buffer(1)]],
        device const char * src1 [[buffer(2)]],
        device       char * dst [[buffer(3)]],
        threadgroup  char * shmem [[threadgroup(0)]],
        uint3  tgpig[[threadgroup_position_in_grid]],
        ushort tiisg[[thread_index_in_simdgroup]],
        ushort sgitg[[simdgroup_index_in_threadgroup]]) {
    mul_vec_impl<block_t, 2, constant mul_mv_args &>(args, src0, src1, dst, shmem, tgpig, tiisg, sgitg);
}

typedef decltype(kernel_mul_mv<block_q4>) kernel_mul_mv_t;

template [[host_name("kernel_mul_mv_q4_f32")]]  kernel kernel_mul_mv_t kernel_mul_mv<block_q4>;
template [[host_name("kernel_mul_mv_q41_f32")]] kernel kernel_mul_mv_t kernel_mul_mv<block_q41>;

template<typename T0, typename T1>
kernel void kernel_cpy(device const char * src0, device char * dst, constant int64_t & ne00,
        uint3   tgpig[[threadgroup_position_in_grid]],
        ushort3 tpitg[[thread_position_in_threadgroup]],
        ushort3 tptg[[threads_per_threadgroup]]) {
    for (int64_t i00 = tpitg.x; i00 < ne00; i00 += tptg.x) {
        device const T0 * src = (device T0 *)(src0 + i00*sizeof(T0));
        ((device T1 *) dst)[i00] = (T1) src[0];
    }
}
typedef decltype(kernel_cpy<float, float>) kernel_cpy_t;
template [[host_name("kernel_cpy_f32_f32")]]  kernel kernel_cpy_t kernel_cpy<float,  float>;
template [[host_name("kernel_cpy_f32_f16")]]  kernel kernel_cpy_t kernel_cpy<float,  half>;
template [[host_name("kernel_cpy_f32_bf16")]] kernel kernel_cpy_t kernel_cpy<float,  bfloat>;
