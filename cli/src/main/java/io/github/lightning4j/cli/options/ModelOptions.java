package io.github.lightning4j.cli.options;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.cli.text.Words;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/** Heads, dimensions and what else a configuration is made of; null where not given. */
public final class ModelOptions {
    @Option(
            names = {"-a", "--algorithm"},
            paramLabel = "NAME",
            converter = AlgorithmConverter.class,
            description =
                    "lightning-2, lightning-1, left-product, right-product or softmax (default:"
                            + " lightning-2).")
    Algorithm algorithm = Algorithm.LIGHTNING_2;

    @Option(
            names = {"-H", "--heads"},
            paramLabel = "H",
            description = "Heads (default: 8).")
    @Nullable Integer heads;

    @Option(
            names = {"-D", "--key-dim"},
            paramLabel = "D",
            description = "Dimension of queries and keys (default: 128).")
    @Nullable Integer keyDim;

    @Option(
            names = {"-E", "--value-dim"},
            paramLabel = "E",
            description = "Dimension of values and outputs (default: that of keys).")
    @Nullable Integer valueDim;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            converter = DTypeConverter.class,
            description = "f32, f16 or bf16; the state is always f32 (default: f32).")
    @Nullable DType dtype;

    @Option(
            names = "--decay",
            paramLabel = "DECAY",
            converter = DecayConverter.class,
            description = DecayConverter.FORMS + " (default: alibi; none where there is no decay).")
    @Nullable Decay decay;

    @Option(
            names = "--feature-map",
            paramLabel = "MAP",
            converter = FeatureMapConverter.class,
            description = "identity, silu, elu-plus-one or relu on q and k (default: identity).")
    public FeatureMap featureMap = FeatureMap.IDENTITY;

    @Option(
            names = "--layout",
            paramLabel = "LAYOUT",
            converter = LayoutConverter.class,
            description = "heads-first [B,H,N,D] or tokens-first [B,N,H,D] (default: heads-first).")
    @Nullable Layout layout;

    @Option(
            names = "--scale",
            paramLabel = "C",
            description = "Factor of every score (default: 1; softmax: 1/sqrt(D)).")
    @Nullable Double scale;

    /** For picocli. */
    public ModelOptions() {}

    /** H, given or by default. */
    public int headsOr(int other) {
        return heads == null ? other : heads;
    }

    /** D, given or by default. */
    public int keyDimOrDefault() {
        return keyDim == null ? 128 : keyDim;
    }

    /** E, given or that of keys. */
    public int valueDimOrDefault() {
        return valueDim == null ? keyDimOrDefault() : valueDim;
    }

    /** The factor of every score; null where the algorithm's own is meant. */
    public @Nullable Double scale() {
        return scale;
    }

    /** The dtype, given or F32. */
    public DType dtypeOrDefault() {
        return dtype == null ? DType.F32 : dtype;
    }

    /** The decay, given or the algorithm's own. */
    public Decay decayOrDefault() {
        return decay == null ? algorithm.defaultDecay() : decay;
    }

    /** A configuration of what was given, with the defaults for the rest. */
    public AttentionConfig config() {
        return config(algorithm, decayOrDefault(), featureMap);
    }

    /** As {@link #config()}, but of the decay and feature map only what the algorithm can have. */
    public AttentionConfig configAsFarAsItGoes() {
        return config(
                algorithm,
                algorithm.hasDecay() ? decayOrDefault() : algorithm.defaultDecay(),
                algorithm.hasFeatureMap() ? featureMap : FeatureMap.IDENTITY);
    }

    private AttentionConfig config(Algorithm which, Decay slopes, FeatureMap map) {
        int d = keyDimOrDefault();
        return AttentionConfig.builder(headsOr(8), d, valueDimOrDefault())
                .algorithm(which)
                .decay(slopes)
                .featureMap(map)
                .layout(layout == null ? Layout.HEADS_FIRST : layout)
                .scale(scale == null ? which.defaultScale(d) : scale)
                .build();
    }

    /** Names of enum constants as options have them: lower case, with dashes. */
    abstract static class EnumConverter<E extends Enum<E>>
            implements picocli.CommandLine.ITypeConverter<E> {
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
