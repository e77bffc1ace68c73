package io.github.lightning4j.conformance;

import java.util.function.Function;
import java.util.stream.Stream;

/** The laws, by what they are about. A device may be asked for some topics only. */
public enum Topic {
    /** Answers that two independent implementations agree with. */
    GOLDEN_FILES(effort -> GoldenFiles.laws()),
    /** Answers that can be written down. */
    HAND_VECTORS(effort -> HandVectors.laws()),
    /** Random shapes, against the definition. */
    RANDOM_SHAPES(RandomShapes::laws),
    /** Parameters one at a time, and the ends of their ranges. */
    EDGE_CASES(effort -> EdgeCases.laws()),
    /** Cutting a sequence, and the merge law. */
    SEGMENTS(effort -> Segments.laws()),
    /** Causality, heads, batches, linearity, layouts. */
    INDEPENDENCE(effort -> Independence.laws()),
    /** Packed sequences. */
    PACKING(effort -> Packing.laws()),
    /** What is read and written. */
    MEMORY_BOUNDS(effort -> MemoryBounds.laws()),
    /** Appends. */
    SESSIONS(effort -> Sessions.laws()),
    /** States out of sessions and into others, forks, merges. */
    SNAPSHOTS(effort -> Snapshots.laws()),
    /** Many sequences in the slots of a pool. */
    POOLS(effort -> Stream.concat(Pools.laws(effort), Parts.pools())),
    /** Pools whose states have 16 bits. */
    NARROW_POOLS(PoolRounding::laws),
    /** A very long decode. */
    LONG_DECODE(LongDecode::laws),
    /** The same bits every time. */
    THREADS(effort -> Threads.laws()),
    /** Parts of tensors, with gaps between their elements. */
    PARTS(effort -> Parts.laws()),
    /** Tensors that the device has allocated. */
    DEVICE_TENSORS(effort -> DeviceTensors.laws()),
    /** Final states without outputs. */
    FINAL_STATES(StateLaws::finalStates),
    /** The backward pass, and the gradient of the initial state without the others. */
    GRADIENTS(effort ->
            Stream.of(
                            GradientLaws.laws(effort),
                            StateLaws.gradients(effort),
                            Parts.gradients(),
                            DeviceTensors.gradients())
                    .flatMap(laws -> laws)),
    /** The linear attentions, each against the definition. */
    ALGORITHMS(effort -> Algorithms.linear()),
    /** Softmax attention, against its definition. */
    SOFTMAX(effort -> Algorithms.softmax()),
    /** Opening, closing, and calls that are refused. */
    LIFECYCLE(effort -> Lifecycle.laws()),
    /** More than 2³¹ elements; gigabytes of sparse files. */
    HUGE_TENSORS(effort -> HugeTensors.laws());

    private final Function<Effort, Stream<Law>> laws;

    Topic(Function<Effort, Stream<Law>> laws) {
        this.laws = laws;
    }

    /**
     * The laws of this topic, made as they are asked for.
     *
     * @param effort how large their cases are
     * @return the laws
     */
    public Stream<Law> laws(Effort effort) {
        return laws.apply(effort);
    }
}
