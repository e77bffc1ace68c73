package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Tensors of more than 2³¹ elements, mapped from sparse files: 32-bit offsets would read elsewhere.
 * All numbers are zero except at the end, where decay has forgotten everything before.
 */
final class HugeTensors {
    private static final String TOPIC = "huge tensors";
    private static final int WIDE = AttentionConfig.MAX_DIM;
    private static final int HEADS = 2;
    private static final long N = (1L << 31) / (HEADS * WIDE) + 150;

    /** Tokens at the end with numbers in them. */
    private static final long TAIL = 400;

    private HugeTensors() {}

    static Stream<Law> laws() {
        return Arrays.stream(Layout.values())
                .flatMap(layout ->
                        Stream.of(
                                new Law(
                                        "q and k past 2^31 elements, " + layout,
                                        s -> check(s, layout, WIDE, 1)),
                                new Law(
                                        "v and o past 2^31 elements, " + layout,
                                        s -> check(s, layout, 1, WIDE))));
    }

    private static void check(Subject subject, Layout layout, int d, int e) throws IOException {
        AttentionConfig config =
                AttentionConfig.builder(HEADS, d, e)
                        .layout(layout)
                        .decay(new Decay.Slopes(1, 8))
                        .build();
        Path directory = Files.createTempDirectory("huge");
        try (Arena arena = Arena.ofShared();
                LightningAttention attention = subject.open(config)) {
            RandomGenerator random = Seeds.random(TOPIC, 1);
            long[] wide = layout.shape(1, HEADS, N, WIDE);
            long[] narrow = layout.shape(1, HEADS, N, 1);
            Tensor x = sparse(arena, directory.resolve("x"), wide);
            Tensor y = Tensor.allocate(arena, DType.BF16, narrow);
            fillTail(layout, x, random);
            fillTail(layout, y, random);
            Tensor qk = d == WIDE ? x : y;
            Tensor v = d == WIDE ? y : x;
            Tensor o =
                    d == WIDE
                            ? Tensor.allocate(arena, DType.BF16, narrow)
                            : sparse(arena, directory.resolve("o"), wide);
            AttentionState state = attention.forward(AttentionInputs.of(qk, qk, v), o);

            AttentionInputs tail =
                    Tokens.cut(config, AttentionInputs.of(qk, qk, v), N - TAIL, N)
                            .withInitialState(
                                    AttentionState.of(
                                            AttentionState.empty(config, 1).values(),
                                            config.slopes(),
                                            new long[] {N - TAIL}));
            Expect.answers(Problem.of(config, tail), Tokens.cut(layout, o, N - TAIL, N), state);
            zeros(Tokens.cut(layout, o, N - TAIL - 1000, N - TAIL));
            zeros(Tokens.cut(layout, o, 0, 1000));
        } finally {
            Files.deleteIfExists(directory.resolve("x"));
            Files.deleteIfExists(directory.resolve("o"));
            Files.delete(directory);
        }
    }

    private static void zeros(Tensor tensor) {
        Expect.sameBits("before the tail", tensor, Tensor.allocate(tensor.dtype(), tensor.shape()));
    }

    private static Tensor sparse(Arena arena, Path file, long... shape) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.SPARSE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            long bytes = Tensor.byteSize(DType.BF16, shape);
            return Tensor.of(
                    DType.BF16,
                    channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena),
                    shape);
        }
    }

    private static void fillTail(Layout layout, Tensor tensor, RandomGenerator random) {
        long[] shape = tensor.shape();
        shape[layout.tokenAxis()] = TAIL;
        Tokens.paste(layout, Problem.normal(random, DType.BF16, shape), tensor, N - TAIL);
    }
}
