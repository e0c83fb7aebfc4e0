#include <metal_stdlib>
using namespace metal;
// As a tensor compiler writes it: one expression a line, tensor cores behind a helper.
float2 __WMMA_8_8_8_half_float(half2 a, half2 b, float2 c){
  simdgroup_half8x8 mat_a, mat_b; simdgroup_float8x8 mat_c;
  mat_a.thread_elements()[0] = a[0]; mat_b.thread_elements()[0] = b[0]; mat_c.thread_elements()[0] = c[0];
  mat_a.thread_elements()[1] = a[1]; mat_b.thread_elements()[1] = b[1]; mat_c.thread_elements()[1] = c[1];
  simdgroup_multiply_accumulate(mat_c, mat_a, mat_b, mat_c);
  return float2(mat_c.thread_elements()[0], mat_c.thread_elements()[1]);
}
union __dim_t { int v_int32[2]; long v_int64; };
struct r_8_8_k_args_t { union __dim_t size; float scale; int reduce; };
kernel void r_8_8_k(device float* data0_128, const device half* data1, const device half* data2, constant r_8_8_k_args_t& arg, uint3 blockIdx [[threadgroup_position_in_grid]], uint3 threadIdx [[thread_position_in_threadgroup]]) {
  int gidx0 = blockIdx.x; /* 2 */
  int lidx0 = threadIdx.x; /* 32 */
  int alu0 = (((lidx0>>2)&4)+((lidx0>>1)&3)); int alu1 = (((((lidx0>>3)&1)<<1)+(lidx0&1))<<1); // row and column in the tile
  float2 acc0 = float2(0.0f,0.0f);
  for (int ridx0 = 0; ridx0 < (arg.reduce>>3); ridx0++) {
    half2 val0 = *((const device half2*)((data1+((alu0*arg.reduce)+(ridx0<<3)+alu1))));
    half2 val1 = half2((*(data2+((((ridx0<<3)+alu0)*arg.size.v_int32[1])+(gidx0<<3)+alu1))),(*(data2+((((ridx0<<3)+alu0)*arg.size.v_int32[1])+(gidx0<<3)+alu1+1))));
    acc0 = (__WMMA_8_8_8_half_float(val0, val1, acc0));
  }
  float alu2 = (acc0.x*arg.scale); bool alu3 = ((alu2<0.0f)!=1); float alu4 = (alu3?alu2:((exp2((alu2*1.4426950408889634f))+-1.0f)));
  float alu5 = (acc0.y*arg.scale); float alu6 = max(alu5,-INFINITY); float cast0 = ((float)(((bfloat)(1.0f))));
  *((device float2*)((data0_128+((alu0*((int)(arg.size.v_int64>>32)))+(gidx0<<3)+alu1)))) = float2((alu4*cast0),(alu6+as_type<float>((0x80000000u))));
}
