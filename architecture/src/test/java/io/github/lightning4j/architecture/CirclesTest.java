package io.github.lightning4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Nothing needs itself by way of others: files and packages can be read one after another. */
class CirclesTest {
    private static final String OURS = "io.github.lightning4j.";

    /** As java.nio.file and its spi do, these name each other; docs/design.md says why. */
    private static final Set<String> API =
            Set.of(
                    "io.github.lightning4j",
                    "io.github.lightning4j.reference",
                    "io.github.lightning4j.spi");

    /** Circles that are to be cut; whoever cuts one takes it out of here. */
    private static final Set<Set<String>> KNOWN = Set.of();

    @Test
    void noModuleIsInACircle() {
        assertEquals(List.of(), Circles.of(House.graph().modules()));
    }

    @Test
    void noPackageIsInACircleButThoseOfTheApi() {
        SourceGraph graph = House.graph();
        Set<Set<String>> circles = ours(Circles.of(graph.packages()));
        assertEquals(Set.of(API), circles, () -> arrows(circles, SourceFile::packageName, graph));
    }

    @Test
    void noFileIsInACircleInItsPackageButSealedHierarchies() {
        SourceGraph graph = House.graph();
        Set<Set<String>> circles = ours(names(Circles.of(graph.insidePackages())));
        assertEquals(KNOWN, circles, () -> arrows(circles, SourceFile::toString, graph));
    }

    /** All but circles among the signatures of TornadoVM, which are TornadoVM's. */
    private static Set<Set<String>> ours(List<Set<String>> circles) {
        return circles.stream()
                .filter(circle -> circle.stream().anyMatch(name -> name.startsWith(OURS)))
                .collect(Collectors.toSet());
    }

    private static List<Set<String>> names(List<Set<SourceFile>> circles) {
        return circles.stream()
                .map(circle ->
                        circle.stream().map(SourceFile::toString).collect(Collectors.toSet()))
                .toList();
    }

    @Test
    void aCircleOfPackagesIsFound() throws IOException {
        assertEquals(
                List.of(Set.of(planted("one"), planted("two"))), Circles.of(planted().packages()));
    }

    @Test
    void aCircleOfFilesIsFoundButNoSealedHierarchy() throws IOException {
        assertEquals(
                List.of(Set.of(planted("one") + ".Hen", planted("one") + ".Egg")),
                names(Circles.of(planted().insidePackages())));
    }

    private static SourceGraph planted() throws IOException {
        return SourceGraph.of(
                Map.of(
                        "planted",
                        House.types(
                                House.path(
                                        "architecture/src/test/java/"
                                                + planted("").replace('.', '/')))));
    }

    private static String planted(String name) {
        String all = CirclesTest.class.getPackageName() + ".planted";
        return name.isEmpty() ? all : all + "." + name;
    }

    private static String arrows(
            Set<Set<String>> circles, Function<SourceFile, String> group, SourceGraph graph) {
        return circles.stream()
                .flatMap(circle ->
                        circle.stream()
                                .flatMap(from ->
                                        circle.stream()
                                                .filter(to -> !to.equals(from))
                                                .flatMap(to ->
                                                        graph.arrows(group, from, to).stream())))
                .sorted()
                .collect(Collectors.joining("\n", "\n", "\n"));
    }
}
