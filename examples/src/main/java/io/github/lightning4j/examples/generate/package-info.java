/** Text in, text streamed out: a model with the tokenizer of its folder. */
@NullMarked
package io.github.lightning4j.examples.generate;

import org.jspecify.annotations.NullMarked;
