package io.github.lightning4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which module may need which: everything leans on the api, and little on anything else. */
class ArrowsTest {
    private static final String API = "api";
    private static final String DISTRIBUTED = "distributed";
    private static final String MODELS = "models";
    private static final String RESULTS = "results";
    private static final String SERVING = "serving";
    private static final String TORNADO = "tornado-kernels";
    private static final String SIGNATURES = "tornado-signatures";

    /** What each module may need of this project. */
    private static final Map<String, Set<String>> ALLOWED =
            Map.ofEntries(
                    Map.entry(API, Set.of()),
                    Map.entry("benchmarks", Set.of(API)),
                    Map.entry("cli", Set.of(API, DISTRIBUTED, MODELS, RESULTS)),
                    Map.entry("conformance", Set.of(API)),
                    Map.entry("cpu-kernels", Set.of(API)),
                    Map.entry(DISTRIBUTED, Set.of(API)),
                    Map.entry("examples", Set.of(API, MODELS, SERVING)),
                    Map.entry("micrometer", Set.of(API, SERVING)),
                    Map.entry(SERVING, Set.of(API)),
                    Map.entry(MODELS, Set.of(API)),
                    Map.entry(RESULTS, Set.of(API)),
                    Map.entry(TORNADO, Set.of(API, SIGNATURES)),
                    Map.entry(SIGNATURES, Set.of()));

    @Test
    void arrowsBetweenModulesPointToTheApi() {
        SourceGraph graph = House.graph();
        List<String> wrong = new ArrayList<>();
        graph.modules()
                .forEach((from, needed) -> {
                    for (String to : needed) {
                        if (!ALLOWED.getOrDefault(from, Set.of()).contains(to)) {
                            wrong.addAll(graph.arrows(SourceFile::module, from, to));
                        }
                    }
                });
        assertEquals(List.of(), wrong);
    }

    @Test
    void everyModuleHasARule() throws IOException {
        assertEquals(ALLOWED.keySet(), new HashSet<>(House.modules()));
    }

    /** The api runs on the JDK alone; annotations for null are for compilers. */
    @Test
    void theApiNeedsTheJdkOnly() {
        assertEquals(Set.of(), besides(API, "java.", "org.jspecify.annotations."));
    }

    @Test
    void theCpuBackendNeedsTheJdkOnly() {
        assertEquals(
                Set.of(),
                besides(
                        "cpu-kernels",
                        "java.",
                        "com.sun.management.",
                        "jdk.incubator.",
                        "org.jspecify.annotations."));
    }

    /** Only signatures are there to compile with, so that what is not in them is not used. */
    @Test
    void tornadoVmIsNeededByItsBackendAlone() {
        SourceGraph graph = House.graph();
        Set<String> wrong = new TreeSet<>();
        graph.elsewhere()
                .forEach((file, types) ->
                        types.stream()
                                .filter(type -> type.startsWith("uk.ac.manchester."))
                                .map(type -> file + " → " + type)
                                .forEach(wrong::add));
        assertEquals(Set.of(), wrong);
        assertFalse(graph.arrows(SourceFile::module, TORNADO, SIGNATURES).isEmpty());
    }

    /** Types from elsewhere that a module needs, but for those of some packages. */
    private static Set<String> besides(String module, String... packages) {
        Set<String> types = new TreeSet<>();
        House.graph()
                .elsewhere()
                .forEach((file, needed) -> {
                    if (file.module().equals(module)) {
                        types.addAll(needed);
                    }
                });
        assertFalse(types.isEmpty());
        types.removeIf(type -> List.of(packages).stream().anyMatch(type::startsWith));
        return types;
    }
}
