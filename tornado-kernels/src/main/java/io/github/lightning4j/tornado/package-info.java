/** The TornadoVM backend: GPUs through OpenCL, PTX, CUDA or SPIR-V. */
@NullMarked
package io.github.lightning4j.tornado;

import org.jspecify.annotations.NullMarked;
