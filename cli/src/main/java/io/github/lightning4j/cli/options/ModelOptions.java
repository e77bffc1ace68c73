package io.github.lightning4j.cli.options;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.results.text.Words;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.Stream;

/** Heads, dimensions and what else a configuration is made of. */
public final class ModelOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-a", "--algorithm"},
            paramLabel = "NAME",
            converter = AlgorithmConverter.class,
            completionCandidates = AlgorithmConverter.class,
            defaultValue = "lightning-2",
            description =
                    "lightning-2, lightning-1, left-product, right-product or softmax (default:"
                            + " ${DEFAULT-VALUE}).")
    Algorithm algorithm = Algorithm.LIGHTNING_2;

    @Mixin private HeadOptions heads = new HeadOptions();

    @Option(
            names = {"-D", "--key-dim"},
            paramLabel = "D",
            defaultValue = "128",
            description = "Dimension of queries and keys (default: ${DEFAULT-VALUE}).")
    private long keyDim;

    @Option(
            names = {"-E", "--value-dim"},
            paramLabel = "E",
            description = "Dimension of values and outputs (default: that of keys).")
    private @Nullable Long valueDim;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            converter = DTypeConverter.class,
            completionCandidates = DTypeConverter.class,
            defaultValue = "f32",
            description = "f32, f16 or bf16; the state is always f32 (default: ${DEFAULT-VALUE}).")
    private DType dtype = DType.F32;

    @Option(
            names = "--feature-map",
            paramLabel = "MAP",
            converter = FeatureMapConverter.class,
            completionCandidates = FeatureMapConverter.class,
            defaultValue = "identity",
            description =
                    "identity, silu, elu-plus-one or relu on q and k (default: ${DEFAULT-VALUE}).")
    FeatureMap featureMap = FeatureMap.IDENTITY;

    @Option(
            names = "--layout",
            paramLabel = "LAYOUT",
            converter = LayoutConverter.class,
            completionCandidates = LayoutConverter.class,
            description =
                    "heads-first [B,H,N,D] or tokens-first [B,N,H,D] (default: what the input says,"
                            + " or else heads-first).")
    @Nullable Layout layout;

    @Option(
            names = "--scale",
            paramLabel = "C",
            description =
                    "Factor of every score (default: what the input says, or else 1; softmax:"
                            + " 1/sqrt(D)).")
    @Nullable Double scale;

    /** Whether the user said what tensors of his own say too. */
    boolean givesShape() {
        ParseResult parsed = spec.commandLine().getParseResult();
        return Stream.of("--heads", "--key-dim", "--value-dim", "--dtype")
                .anyMatch(parsed::hasMatchedOption);
    }

    /** The factor of every score; null where the algorithm's own is meant. */
    public @Nullable Double scale() {
        return scale;
    }

    /** The factor of every score, given or the algorithm's own for D. */
    double scaleOr(long d) {
        return scale == null ? algorithm.defaultScale((int) d) : scale;
    }

    /** The dtype of q, k, v and o. */
    public DType dtype() {
        return dtype;
    }

    /** The decay, or null where none was given. */
    @Nullable Decay decay() {
        return heads.decay();
    }

    /** The decay, given or the algorithm's own. */
    Decay decayOrDefault() {
        Decay given = heads.decay();
        return given == null ? algorithm.defaultDecay() : given;
    }

    /** A configuration of what was given, with the defaults for the rest. */
    public AttentionConfig config() {
        return config(decayOrDefault(), featureMap);
    }

    /** As {@link #config()}, but of the decay and feature map only what the algorithm can have. */
    public AttentionConfig supportedConfig() {
        return config(
                algorithm.hasDecay() ? decayOrDefault() : algorithm.defaultDecay(),
                algorithm.hasFeatureMap() ? featureMap : FeatureMap.IDENTITY);
    }

    private AttentionConfig config(Decay slopes, FeatureMap map) {
        return AttentionConfig.builder(heads.heads(), keyDim, valueDim == null ? keyDim : valueDim)
                .algorithm(algorithm)
                .decay(slopes)
                .featureMap(map)
                .layout(layout == null ? Layout.HEADS_FIRST : layout)
                .scale(scaleOr(keyDim))
                .build();
    }

    /** Names of enum constants as options have them: lower case, with dashes. */
    abstract static class EnumConverter<E extends Enum<E>>
            implements picocli.CommandLine.ITypeConverter<E>, Iterable<String> {
        private final E[] values;

        EnumConverter(E[] values) {
            this.values = values;
        }

        @Override
        public E convert(String text) {
            StringBuilder names = new StringBuilder();
            for (E value : values) {
                String name = Words.optionName(value);
                if (name.equalsIgnoreCase(text)) {
                    return value;
                }
                names.append(names.isEmpty() ? "" : ", ").append(name);
            }
            throw new picocli.CommandLine.TypeConversionException(
                    "'" + text + "' must be one of " + names);
        }

        /** The names that it takes, for shells to offer. */
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(values).map(Words::optionName).iterator();
        }
    }

    /** Reads an algorithm. */
    static final class AlgorithmConverter extends EnumConverter<Algorithm> {
        AlgorithmConverter() {
            super(Algorithm.values());
        }
    }

    /** Reads a dtype of attention. */
    static final class DTypeConverter extends EnumConverter<DType> {
        DTypeConverter() {
            super(new DType[] {DType.F32, DType.F16, DType.BF16});
        }
    }

    /** Reads a feature map. */
    static final class FeatureMapConverter extends EnumConverter<FeatureMap> {
        FeatureMapConverter() {
            super(FeatureMap.values());
        }
    }

    /** Reads a layout. */
    static final class LayoutConverter extends EnumConverter<Layout> {
        LayoutConverter() {
            super(Layout.values());
        }
    }
}
