import { type Json, type JsonObject, objectOf, objectsOf, textOf } from '../json.ts';
import { type Answer, type ConversationMessage, pieces, type WireFormat } from '../wire.ts';

const usageOf = ({ tokens }: Answer): JsonObject => ({
  promptTokenCount: tokens.input,
  candidatesTokenCount: tokens.output,
  totalTokenCount: tokens.input + tokens.output,
});

const joined = (parts: readonly JsonObject[]): string => parts.map((part) => textOf(part.text)).join('\n');

function resultText(response: Json | undefined): string {
  const { output, error } = objectOf(response);
  return textOf(output) || textOf(error) || JSON.stringify(response);
}

function messageOf(raw: JsonObject): ConversationMessage {
  const parts = objectsOf(raw.parts);
  const texts = parts.filter((part) => typeof part.text === 'string');
  const calls = parts.filter((part) => part.functionCall).map((part) => objectOf(part.functionCall));
  const results = parts
    .filter((part) => part.functionResponse)
    .map((part) => objectOf(part.functionResponse));
  return {
    role: raw.role === 'model' ? 'assistant' : 'user',
    text: joined(texts.filter((part) => part.thought !== true)),
    thinking: joined(texts.filter((part) => part.thought === true)),
    toolCalls: calls.map((call) => ({
      id: textOf(call.id),
      name: textOf(call.name),
      input: objectOf(call.args),
    })),
    toolResults: results.map((result) => ({ id: textOf(result.id), text: resultText(result.response) })),
  };
}

const chunk = (answer: Answer, parts: readonly JsonObject[], finishReason?: string): JsonObject => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, ...(finishReason ? { finishReason } : {}) }],
  usageMetadata: usageOf(answer),
  modelVersion: answer.model,
  responseId: answer.id,
});

const callParts = (answer: Answer): JsonObject[] =>
  answer.toolCalls.map(({ id, name, input }) => ({ functionCall: { id, name, args: input } }));

function partsOf(answer: Answer): JsonObject[] {
  return [
    ...(answer.thinking ? [{ text: answer.thinking, thought: true }] : []),
    ...(answer.text ? [{ text: answer.text }] : []),
    ...callParts(answer),
  ];
}

const declared = (body: JsonObject): JsonObject[] =>
  objectsOf(body.tools).flatMap((tool) => objectsOf(tool.functionDeclarations));

export const gemini: WireFormat = {
  wire: 'gemini',
  path: /\/models\/[^/]+:(stream)?generateContent$/i,
  streams: (path) => path.includes(':streamGenerateContent'),
  model: (path) => /models\/([^/:]+):/.exec(path)?.[1] ?? '',
  conversation: (body) => objectsOf(body.contents).map(messageOf),
  rawMessages: (body) => objectsOf(body.contents),
  toolNames: (body) => declared(body).map((tool) => textOf(tool.name)),
  whole: (answer) => chunk(answer, partsOf(answer), 'STOP'),
  events: (answer) => [
    ...pieces(answer.thinking).map((text) => ({ data: chunk(answer, [{ text, thought: true }]) })),
    ...pieces(answer.text).map((text) => ({ data: chunk(answer, [{ text }]) })),
    { data: chunk(answer, callParts(answer), 'STOP') },
  ],
};
