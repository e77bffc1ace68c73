/**
 * Tensors of the caller as windows of native memory and as arrays of the device. Public to this
 * module only.
 */
@NullMarked
package io.github.lightning4j.tornado.memory;

import org.jspecify.annotations.NullMarked;
