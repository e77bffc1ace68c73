package io.github.lightning4j.examples.generate;

import java.util.Arrays;
import java.util.function.Function;

/**
 * The text of ids that come one by one. A character may be of several ids, and what an id decodes
 * to may depend on the one before it; so text is given out once its last character is whole, and a
 * few ids before it are decoded along. Not thread-safe.
 */
final class StreamedText {
    /** What decoders put in the place of bytes that are no character yet. */
    private static final String INCOMPLETE = "\ufffd";

    private final Function<long[], String> decoder;
    private long[] ids = new long[64];
    private int count;

    /** The first id that is decoded along, and the first whose text was not given out. */
    private int context;

    private int pending;

    StreamedText(Function<long[], String> decoder) {
        this.decoder = decoder;
    }

    /** Takes an id, and gives what can be shown now; often a word, sometimes nothing. */
    String add(int id) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, 2 * count);
        }
        ids[count++] = id;
        String text = pendingText();
        if (text.isEmpty() || text.endsWith(INCOMPLETE)) {
            return "";
        }
        context = pending;
        pending = count;
        return text;
    }

    /** What was held back at the end. */
    String end() {
        String text = pendingText();
        context = count;
        pending = count;
        return text;
    }

    private String pendingText() {
        String before = decoder.apply(Arrays.copyOfRange(ids, context, pending));
        String all = decoder.apply(Arrays.copyOfRange(ids, context, count));
        return all.length() > before.length() ? all.substring(before.length()) : "";
    }
}
