// The host header's assert stops the kernel and names the condition; the system's would end the process.
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition)                                                                                             \
    ((condition) ? (void)0 : warpmark::stop("assertion `" #condition "` failed", __FILE__, __LINE__))
#endif
