package io.github.lightning4j.serving;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What a class writes into the log. */
final class LogLines {
    private LogLines() {}

    /** What is done meanwhile. */
    interface Step {
        /** Does it. */
        void run() throws Exception;
    }

    /** The lines that a class writes while something is done, which nobody else sees. */
    static List<String> of(Class<?> source, Step step) throws Exception {
        Logger logger = Logger.getLogger(source.getName());
        List<String> messages = Collections.synchronizedList(new ArrayList<>());
        Handler handler =
                new Handler() {
                    @Override
                    public void publish(LogRecord line) {
                        messages.add(line.getMessage());
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
        try {
            step.run();
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
        return messages;
    }
}
