/** Numbers, tables and words as people read them. */
@NullMarked
package io.github.lightning4j.results.text;

import org.jspecify.annotations.NullMarked;
