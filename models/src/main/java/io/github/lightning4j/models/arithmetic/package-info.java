/**
 * Products with weights of 16 and 32 bits, with vectors or plain loops, in all threads. Public to
 * this module only.
 */
@NullMarked
package io.github.lightning4j.models.arithmetic;

import org.jspecify.annotations.NullMarked;
