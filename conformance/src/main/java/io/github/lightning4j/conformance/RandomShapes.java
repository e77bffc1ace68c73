package io.github.lightning4j.conformance;

import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;

import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Random shapes, numbers of order one, compared with the definition head by head. The first cases
 * walk through every kind of shape that has ever hidden a bug; the rest mix them at random.
 */
final class RandomShapes {
    private static final String TOPIC = "random shapes";
    private static final int[] TOKENS = {
        1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 95, 96, 97, 127, 128, 129, 191, 192, 193,
        255, 256, 257, 300, 385
    };
    private static final int[] DIMS = {
        1, 2, 3, 4, 7, 8, 15, 16, 17, 24, 31, 32, 33, 40, 48, 64, 65
    };
    private static final float[] SLOPES = {0, 8, 4e-8f, 1e-3f, 0.05f, 0.7f};
    private static final DType[] DTYPES = {DType.F32, DType.BF16, DType.F16};

    private RandomShapes() {}

    static Stream<Law> laws(Effort effort) {
        return IntStream.range(0, effort.randomShapes())
                .mapToObj(i -> {
                    Problem problem = problem(Seeds.random(TOPIC, i), effort, i);
                    String name =
                            String.format(
                                    Locale.ROOT,
                                    "%s %d %s (%s)",
                                    TOPIC,
                                    i,
                                    problem,
                                    Seeds.replay(TOPIC));
                    return new Law(name, subject -> Expect.answers(problem, problem.run(subject)));
                });
    }

    /** Random shape number {@code index}. */
    static Problem problem(RandomGenerator random, Effort effort, int index) {
        int n = Math.min(TOKENS[index % TOKENS.length], effort.maxTokens());
        if (index >= TOKENS.length && random.nextBoolean()) {
            n = 1 + random.nextInt(effort.maxTokens());
        }
        int d = dim(random, effort);
        int e = random.nextInt(4) == 0 ? d : dim(random, effort);
        // A handful of numbers may cancel, and then no float arithmetic is inside a relative gate.
        while (n * e < 16 || d * e < 16) {
            d = dim(random, effort);
            e = dim(random, effort);
            n = Math.max(n, 16 / e);
        }
        Problem.Builder builder =
                Problem.random(random)
                        .dims(d, e)
                        .dtype(DTYPES[index % 3])
                        .layout(random.nextBoolean() ? Layout.HEADS_FIRST : Layout.TOKENS_FIRST)
                        .scale(random.nextBoolean() ? 1 : random.nextDouble(-2, 2))
                        .featureMap(
                                random.nextInt(3) > 0
                                        ? FeatureMap.IDENTITY
                                        : FeatureMap.values()[
                                                random.nextInt(FeatureMap.values().length)]);
        decay(builder, random);
        if (random.nextInt(4) == 0) {
            builder.outputType(DType.F32);
        }
        if (random.nextInt(4) == 0) {
            builder.fromEmpty();
        }
        if (random.nextInt(3) == 0) {
            long[] lengths = new long[1 + random.nextInt(4)];
            for (int r = 0; r < lengths.length; r++) {
                lengths[r] = random.nextInt(4) == 0 ? 0 : Math.max(n / (r + 1), (16 + e - 1) / e);
            }
            builder.packed(lengths);
        } else {
            builder.batch(1 + random.nextInt(3)).tokens(n);
        }
        return builder.build();
    }

    private static int dim(RandomGenerator random, Effort effort) {
        int dim =
                random.nextBoolean()
                        ? DIMS[random.nextInt(DIMS.length)]
                        : 1 + random.nextInt(effort.maxDim());
        return Math.min(dim, effort.maxDim());
    }

    private static void decay(Problem.Builder builder, RandomGenerator random) {
        int heads = 1 + random.nextInt(4);
        if (random.nextInt(3) > 0) {
            float[] slopes = new float[heads];
            for (int h = 0; h < heads; h++) {
                slopes[h] = SLOPES[random.nextInt(SLOPES.length)];
            }
            builder.slopes(slopes);
        } else {
            List<Decay> presets = presets();
            builder.heads(heads).decay(presets.get(random.nextInt(presets.size())));
        }
    }

    /** One of every preset. */
    static List<Decay> presets() {
        return List.of(
                new Decay.None(),
                new Decay.Alibi(),
                new Decay.AlibiLayer(3, 8),
                new Decay.AlibiLayer(7, 8),
                new Decay.Transformers(5, 12),
                new Decay.Paper(2, 6),
                new Decay.Retention());
    }
}
