/**
 * Proof that the conformance suite can fail: a readable backend with bugs that can be planted in
 * it, and a test that every law rejects at least one of them.
 */
@NullMarked
package io.github.lightning4j.conformance.mutation;

import org.jspecify.annotations.NullMarked;
