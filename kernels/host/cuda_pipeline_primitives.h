#pragma once
static inline void __pipeline_memcpy_async(void*, const void*, size_t, size_t = 0) { warpmark::unsupported_pipeline(); }
static inline void __pipeline_commit() { warpmark::unsupported_pipeline(); }
static inline void __pipeline_wait_prior(size_t) { warpmark::unsupported_pipeline(); }
