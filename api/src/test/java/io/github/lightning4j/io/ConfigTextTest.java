package io.github.lightning4j.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Decay;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Random;

class ConfigTextTest {
    private static final String WHOLE =
            "lightning4j-config/1 algorithm=lightning-2 heads=2 key-dim=3 value-dim=5"
                    + " decay=alibi:0/2 scale=0.1 feature-map=elu-plus-one layout=tokens-first";

    @Test
    void theTextOfAConfigurationIsThis() {
        AttentionConfig config =
                AttentionConfig.builder(2, 3, 5)
                        .decay(Decay.alibi(0, 2))
                        .scale(0.1)
                        .featureMap(FeatureMap.ELU_PLUS_ONE)
                        .layout(Layout.TOKENS_FIRST)
                        .build();
        assertEquals(WHOLE, ConfigText.print(config));
        assertEquals(config, ConfigText.parse(WHOLE));
    }

    @Test
    void everyBitOfScaleAndSlopesComesBack() {
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            float[] slopes = new float[1 + random.nextInt(5)];
            for (int h = 0; h < slopes.length; h++) {
                slopes[h] = Float.intBitsToFloat(random.nextInt(0x7f800000));
            }
            double scale = Float.intBitsToFloat(random.nextInt()) * (1 + random.nextDouble() / 1e9);
            if (!Float.isFinite((float) scale)) {
                scale = -0.0;
            }
            AttentionConfig config =
                    AttentionConfig.builder(slopes.length, 1 + random.nextInt(1024))
                            .decay(Decay.ofSlopes(slopes))
                            .scale(scale)
                            .build();
            AttentionConfig read = ConfigText.parse(ConfigText.print(config));
            assertEquals(config, read);
            assertArrayEquals(slopes, read.slopes());
            assertEquals(
                    Double.doubleToRawLongBits(scale), Double.doubleToRawLongBits(read.scale()));
        }
    }

    @Test
    void everyAlgorithmAndConstantIsReadBack() {
        for (Algorithm algorithm : Algorithm.values()) {
            for (FeatureMap map : FeatureMap.values()) {
                for (Layout layout : Layout.values()) {
                    AttentionConfig.Builder builder =
                            AttentionConfig.builder(4, 8).algorithm(algorithm).layout(layout);
                    if (algorithm.hasFeatureMap()) {
                        builder.featureMap(map);
                    }
                    AttentionConfig config = builder.build();
                    assertEquals(config, ConfigText.parse(ConfigText.print(config)));
                }
            }
        }
    }

    @Test
    void everyDecayIsReadBackAsWhatItWas() {
        for (Decay decay :
                List.of(
                        Decay.none(),
                        Decay.alibi(),
                        Decay.alibi(3, 32),
                        Decay.transformers(0, 1),
                        Decay.paper(31, 32),
                        Decay.retention(),
                        Decay.ofSlopes(Float.MIN_VALUE),
                        Decay.ofSlopes(0, Float.MAX_VALUE, 4e-8f))) {
            assertEquals(decay, DecayText.parse(DecayText.print(decay)));
        }
    }

    @Test
    void fieldsMayComeInAnyOrderOverSeveralLines() {
        String text = WHOLE.replace(" ", "\n\t").replace("heads=2", "layout=heads-first");
        text = text.replace("layout=tokens-first", "heads=2 ");
        assertEquals(Layout.HEADS_FIRST, ConfigText.parse(text).layout());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lightning4j-config/1|lightning4j-config/2|only lightning4j-config/1 can be read",
                "lightning4j-config/1|heads=1|it must begin with lightning4j-config/1",
                "heads=2||configuration has no heads",
                "heads=2|heads=2 heads=2|that name is there twice",
                "heads=2|heads=2 height=3|does not have: \"height\"",
                "heads=2|heads=2 height|it must be a name, = and a value",
                "heads=2|heads=0|heads is 0",
                "heads=2|heads=+2|heads is \"+2\"; it must be a whole number",
                "heads=2|heads=99999999999999999999|it must be a whole number",
                "heads=2|heads=999999999999999999|it must be 1 ... 1048576",
                "heads=2|heads=2.0|it must be a whole number",
                "key-dim=3|key-dim=1025|it must be 1 ... 1024",
                "scale=0.1|scale=NaN|scale is \"NaN\"; it must be a number",
                "scale=0.1|scale=0x1p3|it must be a number",
                "scale=0.1|scale=1e39|it must be finite as a float",
                "scale=0.1|scale=0.1d|it must be a number",
                "alibi:0/2|alibi:2/2|layer is 2 of 2",
                "alibi:0/2|1|decay has 1 slopes; there are 2 heads",
                "alibi:0/2|1,-1|slope of head 1 is -1.0",
                "alibi:0/2|1,1e39|slope of head 1 is Infinity",
                "lightning-2|softmax|decay is",
                "lightning-2|LIGHTNING_2|it must be one of lightning-2",
                "tokens-first|tokens|layout is \"tokens\"; it must be one of heads-first,"
                        + " tokens-first",
            })
    void whatIsWrongIsSaid(String part, String instead, String why) {
        String text = WHOLE.replace(part, instead == null ? "" : instead);
        String message = refusal(() -> ConfigText.parse(text));
        assertTrue(message.contains(why), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "alib", "alibi:3", "alibi:-1/2", "alibi:1/9999999999", "rope:1/2", "1,", ",",
                        "nan",
                "infinity", "0x1p3", "1f", "1d", "1e", "٣", "1\u001b[2J", "--1", "1 2"
            })
    void whatIsNoDecayIsRefusedWithTheForms(String text) {
        String message = refusal(() -> DecayText.parse(text));
        assertTrue(message.endsWith(" is no decay; write " + DecayText.FORMS), message);
        assertTrue(message.chars().noneMatch(Character::isISOControl), message);
    }

    @Test
    void damagedTextIsRefusedInOneShortLineOrStillAConfiguration() {
        Random random = new Random(11);
        for (int i = 0; i < 3000; i++) {
            StringBuilder text = new StringBuilder(WHOLE);
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.setCharAt(at, (char) random.nextInt(0x2000));
                    case 1 -> text.deleteCharAt(at);
                    default -> text.insert(at, text.substring(random.nextInt(text.length())));
                }
            }
            try {
                AttentionConfig config = ConfigText.parse(text.toString());
                assertEquals(config, ConfigText.parse(ConfigText.print(config)));
            } catch (IllegalArgumentException e) {
                String message = String.valueOf(e.getMessage());
                assertTrue(message.length() < 700, message);
                assertTrue(message.chars().noneMatch(Character::isISOControl), message);
            }
        }
    }

    private static String refusal(Runnable action) {
        return String.valueOf(
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
