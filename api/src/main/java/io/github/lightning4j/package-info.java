/**
 * Lightning Attention-2: exact causal linear attention with per-head exponential decay, at constant
 * time and memory per token.
 *
 * <p>{@link io.github.lightning4j.LightningAttention} is the one door: it validates a call, picks a
 * backend once, and computes. {@link io.github.lightning4j.AttentionSession} carries the state of
 * growing sequences (prefill and decode).
 *
 * <p>Letters, everywhere: B batch, H heads, N tokens, D key dimension (q, k), E value dimension (v,
 * o), R sequences (B, or the packed sequences), S the key-value state [D, E], s ≥ 0 a head's slope
 * and λ = exp(−s) its decay, c the scale.
 */
@NullMarked
package io.github.lightning4j;

import org.jspecify.annotations.NullMarked;
