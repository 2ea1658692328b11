// The room CUDA.
