/**
 * Compiled task graphs with their memory on the device, kept for later passes of the same shape.
 * Public to this module only.
 */
@NullMarked
package io.github.lightning4j.tornado.plans;

import org.jspecify.annotations.NullMarked;
