package io.github.lightning4j;

import java.util.OptionalLong;

/**
 * Memory that the open sessions and pools of a {@link LightningAttention} take. Each counts with
 * what {@link LightningAttention#sessionMemory} or {@link LightningAttention#poolMemory} said when
 * it was opened.
 *
 * @param sessions how many are open, pools among them, including those that were dropped and are
 *     not freed yet
 * @param bytes of all of them, in the memory of this process
 * @param budget what they may take together, or empty where nothing was set
 */
public record MemoryUse(int sessions, long bytes, OptionalLong budget) {}
