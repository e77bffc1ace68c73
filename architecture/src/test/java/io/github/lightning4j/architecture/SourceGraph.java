package io.github.lightning4j.architecture;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

import javax.lang.model.element.Element;
import javax.lang.model.element.PackageElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Which source file needs which, as the compiler resolves names: types, members of types that are
 * not named themselves, and constants, of which class files keep the value but not the origin.
 * Comments and what only they import count for nothing.
 *
 * @param files for each file, the others that it needs
 * @param elsewhere for each file, the types that it needs and that none of the files declares
 * @param permitted for each file of a sealed type, the files of the types that it permits
 */
record SourceGraph(
        Map<SourceFile, Set<SourceFile>> files,
        Map<SourceFile, Set<String>> elsewhere,
        Map<SourceFile, Set<SourceFile>> permitted) {

    /** Reads sources, given by module; they see each other and this test's class path. */
    static SourceGraph of(Map<String, List<Path>> sources) throws IOException {
        Map<Path, String> modules = new HashMap<>();
        sources.forEach((module, paths) -> paths.forEach(path -> modules.put(path, module)));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        try (StandardJavaFileManager manager =
                compiler.getStandardFileManager(diagnostics, null, StandardCharsets.UTF_8)) {
            JavacTask task =
                    (JavacTask)
                            compiler.getTask(
                                    new StringWriter(),
                                    manager,
                                    diagnostics,
                                    List.of(
                                            "-proc:none",
                                            "-Xlint:none",
                                            "--add-modules",
                                            "jdk.incubator.vector"),
                                    null,
                                    manager.getJavaFileObjectsFromPaths(modules.keySet()));
            List<CompilationUnitTree> units = new ArrayList<>();
            task.parse().forEach(units::add);
            task.analyze();
            for (Diagnostic<?> diagnostic : diagnostics.getDiagnostics()) {
                if (diagnostic.getKind() == Diagnostic.Kind.ERROR) {
                    throw new AssertionError("sources do not compile: " + diagnostic);
                }
            }
            return of(units, Trees.instance(task), unit -> modules.get(path(unit)));
        }
    }

    private static Path path(CompilationUnitTree unit) {
        return Path.of(unit.getSourceFile().toUri());
    }

    private static SourceGraph of(
            List<CompilationUnitTree> units,
            Trees trees,
            Function<CompilationUnitTree, @Nullable String> moduleOf) {
        Map<String, SourceFile> byType = new HashMap<>();
        Map<CompilationUnitTree, SourceFile> byUnit = new HashMap<>();
        for (CompilationUnitTree unit : units) {
            for (Tree type : unit.getTypeDecls()) {
                String packageName = unit.getPackageName().toString();
                String simpleName = ((ClassTree) type).getSimpleName().toString();
                SourceFile file =
                        byUnit.computeIfAbsent(
                                unit,
                                u ->
                                        new SourceFile(
                                                String.valueOf(moduleOf.apply(u)),
                                                packageName,
                                                simpleName));
                byType.put(packageName + "." + simpleName, file);
            }
        }
        SourceGraph graph = new SourceGraph(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
        byUnit.forEach((unit, file) -> {
            Needs needs = new Needs(trees);
            needs.scan(unit, null);
            graph.files.put(file, files(needs.types, byType, file));
            graph.permitted.put(file, files(needs.permitted, byType, file));
            needs.types.removeAll(byType.keySet());
            graph.elsewhere.put(file, needs.types);
        });
        return graph;
    }

    private static Set<SourceFile> files(
            Set<String> types, Map<String, SourceFile> byType, SourceFile except) {
        Set<SourceFile> files = new TreeSet<>();
        for (String type : types) {
            SourceFile file = byType.get(type);
            if (file != null && !file.equals(except)) {
                files.add(file);
            }
        }
        return files;
    }

    /** What files need of files of the same package, but for the subtypes that they permit. */
    Map<SourceFile, Set<SourceFile>> insidePackages() {
        return files.entrySet().stream()
                .collect(
                        toMap(
                                Map.Entry::getKey,
                                entry ->
                                        entry.getValue().stream()
                                                .filter(to -> isInside(entry.getKey(), to))
                                                .collect(toSet())));
    }

    private boolean isInside(SourceFile from, SourceFile to) {
        return from.packageName().equals(to.packageName())
                && !permitted.getOrDefault(from, Set.of()).contains(to);
    }

    /** What packages need of each other. */
    Map<String, Set<String>> packages() {
        return grouped(SourceFile::packageName);
    }

    /** What modules need of each other. */
    Map<String, Set<String>> modules() {
        return grouped(SourceFile::module);
    }

    private Map<String, Set<String>> grouped(Function<SourceFile, String> group) {
        Map<String, Set<String>> graph = new TreeMap<>();
        files.forEach((from, needed) -> {
            Set<String> groups = graph.computeIfAbsent(group.apply(from), g -> new TreeSet<>());
            needed.stream().map(group).forEach(groups::add);
        });
        graph.forEach((from, needed) -> needed.remove(from));
        return graph;
    }

    /** The arrows between two groups of files, for messages. */
    List<String> arrows(Function<SourceFile, String> group, String from, String to) {
        List<String> arrows = new ArrayList<>();
        files.forEach((file, needed) -> {
            if (group.apply(file).equals(from)) {
                needed.stream()
                        .filter(other -> group.apply(other).equals(to))
                        .forEach(other -> arrows.add(file + " → " + other));
            }
        });
        return arrows;
    }

    /** Collects the outermost types whose names or members one file uses. */
    private static final class Needs extends TreePathScanner<@Nullable Void, @Nullable Void> {
        private final Trees trees;
        private final Set<String> types = new HashSet<>();
        private final Set<String> permitted = new HashSet<>();

        Needs(Trees trees) {
            this.trees = trees;
        }

        @Override
        public @Nullable Void visitImport(ImportTree tree, @Nullable Void nothing) {
            return null;
        }

        @Override
        public @Nullable Void visitIdentifier(IdentifierTree tree, @Nullable Void nothing) {
            add(trees.getElement(getCurrentPath()));
            return super.visitIdentifier(tree, nothing);
        }

        @Override
        public @Nullable Void visitMemberSelect(MemberSelectTree tree, @Nullable Void nothing) {
            add(trees.getElement(getCurrentPath()));
            return super.visitMemberSelect(tree, nothing);
        }

        @Override
        public @Nullable Void visitMemberReference(
                MemberReferenceTree tree, @Nullable Void nothing) {
            add(trees.getElement(getCurrentPath()));
            return super.visitMemberReference(tree, nothing);
        }

        @Override
        public @Nullable Void visitClass(ClassTree tree, @Nullable Void nothing) {
            if (trees.getElement(getCurrentPath()) instanceof TypeElement type) {
                type.getPermittedSubclasses().stream()
                        .map(permits -> outermost(((DeclaredType) permits).asElement()))
                        .forEach(permitted::add);
            }
            return super.visitClass(tree, nothing);
        }

        private void add(@Nullable Element element) {
            String type = outermost(element);
            if (!type.isEmpty()) {
                types.add(type);
            }
        }

        /** The name of the type outside all others that an element belongs to; else empty. */
        private static String outermost(@Nullable Element element) {
            Element at = element;
            while (at != null) {
                Element around = at.getEnclosingElement();
                if (around instanceof PackageElement home
                        && !home.getQualifiedName().isEmpty()
                        && at instanceof TypeElement type) {
                    return type.getQualifiedName().toString();
                }
                at = around;
            }
            return "";
        }
    }
}
