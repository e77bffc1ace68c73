/**
 * Proof that the conformance suite can fail: a readable backend with bugs that can be planted in
 * it. A test of this project asserts that every law rejects at least one of them, and that the
 * topics a bug names each reject it; whoever adds a law can ask {@link
 * io.github.lightning4j.conformance.mutation.BlockedSubject#breaks}.
 */
@NullMarked
package io.github.lightning4j.conformance.mutation;

import org.jspecify.annotations.NullMarked;
