@echo off
rem Runs lightning4j with a Java 25 on Windows, from a distribution or a source tree that was built with
rem 'mvnw.cmd package'. It runs on the CPU: what starts TornadoVM is written for Linux.
rem
rem   lightning [--show-command] COMMAND [OPTIONS]
rem
rem --show-command       print the Java command instead of running it
rem LIGHTNING_JAVA_HOME  the JDK to use; otherwise JAVA_HOME, PATH and the usual places are searched
rem LIGHTNING_JAVA_OPTS  more options for Java
setlocal EnableExtensions DisableDelayedExpansion

for %%d in ("%~dp0..") do set "root=%%~fd"
set "lib="
for /d %%d in ("%root%\cli\target\lightning4j-*") do for /d %%e in ("%%~d\lightning4j-*") do call :take_lib "%%~e\lib"
call :take_lib "%root%\lib"
if not defined lib goto no_lib
if not "%lib%"=="%lib:;=%" goto semicolon

set "jdk="
if not defined LIGHTNING_JAVA_HOME goto search
call :take_jdk "%LIGHTNING_JAVA_HOME%"
if not defined jdk goto wrong_jdk
goto found

:search
if defined JAVA_HOME call :take_jdk "%JAVA_HOME%"
for %%j in (java.exe) do if not "%%~$PATH:j"=="" call :take_jdk "%%~dp$PATH:j.."
for %%v in ("%ProgramFiles%\Eclipse Adoptium" "%ProgramFiles%\Java" "%ProgramFiles%\Microsoft" "%ProgramFiles%\Amazon Corretto" "%ProgramFiles%\Zulu" "%ProgramFiles%\BellSoft" "%ProgramFiles%\SapMachine" "%ProgramFiles%\Semeru" "%LOCALAPPDATA%\Programs\Eclipse Adoptium" "%USERPROFILE%\.jdks" "%USERPROFILE%\.gradle\jdks" "%USERPROFILE%\.m2\jdks" "%USERPROFILE%\.jbang\cache\jdks") do for /d %%d in ("%%~v\*") do call :take_jdk "%%~d"
if not defined jdk goto no_jdk

:found
rem The command loads the module of vectors, because Java warns of it where it is told to add it.
set "vectors=--add-exports java.base/jdk.internal.module=ALL-UNNAMED"
set show=
set arguments=%*
if not "%~1"=="--show-command" goto command
set show=echo
set arguments=%arguments:*--show-command=%
shift
:command
for %%c in (-h --help -V --version help compare completion report slopes) do if "%~1"=="%%c" set "vectors="
rem Of a launcher that started this one: processes of a sweep start as this one does.
set LIGHTNING_LAUNCHER=
%show% "%jdk%\bin\java.exe" %vectors% -Djava.awt.headless=true --enable-native-access=ALL-UNNAMED %LIGHTNING_JAVA_OPTS% -cp "%lib%\*" io.github.lightning4j.cli.LightningCommand %arguments%
exit /b %ERRORLEVEL%

rem Takes a folder of jars where it has this project's.
:take_lib
if exist "%~1\lightning4j-cli-*.jar" set "lib=%~1"
exit /b 0

rem Takes a folder where it is the home of a Java 25 and none is taken yet.
:take_jdk
if defined jdk exit /b 0
if not exist "%~1\bin\java.exe" exit /b 0
findstr /b /r /c:"JAVA_VERSION=.25[^0-9]" "%~1\release" >nul 2>nul && set "jdk=%~1"
exit /b 0

:no_lib
>&2 echo lightning: nothing is built yet; set JAVA_HOME to a JDK 25 and run 'mvnw.cmd package -DskipTests' in "%root%"
exit /b 3

:semicolon
>&2 echo lightning: "%lib%" has a semicolon, at which Java splits its class path; install elsewhere
exit /b 3

:wrong_jdk
>&2 echo lightning: LIGHTNING_JAVA_HOME is "%LIGHTNING_JAVA_HOME%"; it must be the home of a JDK 25
exit /b 3

:no_jdk
>&2 echo lightning: there is no JDK 25 here; install one (such as Eclipse Temurin 25), or set LIGHTNING_JAVA_HOME to its home
exit /b 3
