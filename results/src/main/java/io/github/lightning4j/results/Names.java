package io.github.lightning4j.results;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.results.text.Words;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Words of the command line as they stand in files. */
public final class Names {
    /** Those of {@code --algorithm}. */
    public static final List<String> ALGORITHMS = of(Algorithm.class);

    /** What {@code --decay} takes, and a long list of slopes cut short. */
    static final Pattern DECAY =
            Pattern.compile(
                    "none|alibi|retention|(alibi|transformers|paper):\\d{1,9}/\\d{1,9}|[-+0-9.eE]{1,40}(,[-+0-9.eE]{1,40}){0,1023}(,…"
                        + " \\(\\d+ slopes\\))?");

    private Names() {}

    /** The names of an enumeration's values, such as {@code heads-first}. */
    public static List<String> of(Class<? extends Enum<?>> type) {
        return Arrays.stream(type.getEnumConstants()).map(Words::optionName).toList();
    }
}
