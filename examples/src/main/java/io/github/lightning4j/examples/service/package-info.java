/** A small HTTP service of conversations, and a load test of it. */
@NullMarked
package io.github.lightning4j.examples.service;

import org.jspecify.annotations.NullMarked;
