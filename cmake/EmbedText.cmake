# cmake -DINPUT=file -DOUTPUT=file.cpp -DHEADER=layer/file.hpp -DNAMESPACE=a::b -DFUNCTION=name -P EmbedText.cmake
# Writes a function that returns the text of INPUT. HEADER declares it as std::string_view FUNCTION().
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\n"
  "std::string_view ${FUNCTION}() {\n  return R\"__text__(${text})__text__\";\n}\n\n}\n")
