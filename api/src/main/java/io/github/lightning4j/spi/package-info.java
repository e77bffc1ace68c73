/**
 * What a backend implements, which {@link java.util.ServiceLoader} finds, and the validated
 * problems that it computes.
 */
@NullMarked
package io.github.lightning4j.spi;

import org.jspecify.annotations.NullMarked;
