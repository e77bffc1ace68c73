/**
 * What runs on the device: kernels as TornadoVM compiles them, and the layout of the tables that
 * they read. Public to this module only.
 */
@NullMarked
package io.github.lightning4j.tornado.kernels;

import org.jspecify.annotations.NullMarked;
