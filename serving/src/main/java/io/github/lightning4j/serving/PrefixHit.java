package io.github.lightning4j.serving;

import io.github.lightning4j.SlotSnapshot;

import java.util.List;

/**
 * A prefix that was stored.
 *
 * @param tokens how many of the tokens that were asked for it has, the first ones
 * @param states of all layers after these tokens: {@link AttentionService#open(List)} goes on from
 *     them as if the tokens had been appended, bit for bit
 */
public record PrefixHit(int tokens, List<SlotSnapshot> states) {}
