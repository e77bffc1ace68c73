/**
 * Compiled task graphs with their memory on the device, kept for the next pass of the same kind.
 * Public to this module only.
 */
@NullMarked
package io.github.lightning4j.tornado.plans;

import org.jspecify.annotations.NullMarked;
