package io.github.lightning4j;

import java.util.OptionalLong;

/**
 * Memory that the open sessions of a {@link LightningAttention} take, by what each was counted with
 * when it was opened: {@link LightningAttention#sessionMemory(int)}.
 *
 * @param sessions how many are open, those included that were dropped and not freed yet
 * @param bytes of all of them, in the memory of this process
 * @param budget what they may take together, or empty where nothing was set
 */
public record MemoryUse(int sessions, long bytes, OptionalLong budget) {}
