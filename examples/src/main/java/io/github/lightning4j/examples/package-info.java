/** Small programs that use Lightning Attention-2, one idea each. */
@NullMarked
package io.github.lightning4j.examples;

import org.jspecify.annotations.NullMarked;
